// The peer: the same workloads as a user of LibTorch writes them, at its best settings (peer/libtorch.hpp). Where the
// build found none, nobody is there (peer/none.cpp).
#pragma once

#include <string>

#include "support/contestant.hpp"
#include "support/workloads.hpp"

namespace bench::peer {

/// "LibTorch 1.13.0"; empty where there is none.
std::string name(int threads);

Contestant logistic_regression(const LogisticRegression& work);
Contestant classifier(const Classifier& work);
Contestant tiny_net(const TinyNet& work);
Contestant chain(const Chain& work);
Contestant elementwise(const Elementwise& work);
/// From primitive operations, the input's product taken over all steps at once.
Contestant lstm(const Lstm& work);
/// The framework's own.
Contestant lstm_layer(const Lstm& work);

}  // namespace bench::peer
