// What the workloads cost at least: the bare arithmetic of their steps, written by hand for them alone.
#pragma once

#include "support/contestant.hpp"
#include "support/workloads.hpp"

namespace bench::floors {

/// Reads X once: each example's gradient is added while its features are in cache.
Contestant logistic_regression_once(const LogisticRegression& work);
/// Reads X twice: all logits, then the gradient.
Contestant logistic_regression_twice(const LogisticRegression& work);

/// Loops over arrays on the stack.
Contestant tiny_net(const TinyNet& work);

/// One loop for each operation, forward and backward.
Contestant chain(const Chain& work);

/// One loop for each parameter.
Contestant descent(const Descent& work);
Contestant adam(const AdamDescent& work);

/// One pass over x, W, dx and dW: all else stays in registers, and every exponential is computed once.
Contestant elementwise_once(const Elementwise& work);
/// One loop over whole arrays for each operation, forward and backward.
Contestant elementwise_unfused(const Elementwise& work);

}  // namespace bench::floors
