// Validation: the cost and the accuracy on examples that a training does not learn from.
#pragma once

#include <capstan/graph/tape.hpp>
#include <capstan/train/fit.hpp>

namespace capstan::train::detail {

class Validation {
 public:
  Validation(const Trainee& trainee, const FitOptions& options);

  /// Completes the epoch, if there is a validation set. DivergenceError for a cost that is not finite.
  void complete(Epoch& epoch, const Training& training);

 private:
  const Trainee& trainee_;
  const data::Dataset* set_;
  bool has_accuracy_;
  Tape tape_{{.inference = true}};
};

}  // namespace capstan::train::detail
