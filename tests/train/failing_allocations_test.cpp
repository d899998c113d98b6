// Memory that runs out while models are made, trained and asked: failing_walk.hpp says what is right then.
#include <cstdint>
#include <vector>

#include <capstan/models/deep_net.hpp>
#include <capstan/models/logistic_regression.hpp>
#include <capstan/models/summary.hpp>
#include <capstan/tensor/rng.hpp>
#include <capstan/train/accuracy.hpp>
#include <capstan/train/early_stopping.hpp>
#include <capstan/train/fit.hpp>

#include "catch.hpp"
#include "failing_walk.hpp"

using namespace capstan;

namespace {

data::Dataset examples(std::uint64_t seed) {
  Rng rng{seed};
  std::vector<std::int32_t> labels;
  for (std::int32_t i = 0; i < 10; ++i) labels.push_back(i % 3);
  return {Tensor::normal({4, 10}, rng), Tensor::from(std::span<const std::int32_t>{labels}, {10}), {}, {}};
}

models::DeepNet make_net() {
  return models::DeepNet{{.layers = {4, 5, 3}, .hidden = Activation::tanh, .output = Activation::softmax}};
}

void add(Outcome& out, const models::DeepNet& net) {
  for (std::int64_t l = 1; l <= net.depth(); ++l) out.add(net.W(l).value()), out.add(net.b(l).value());
}

/// Training anew: what is trained is lost with the call that fails.
struct Fitted {
  data::Dataset train = examples(1), test = examples(2);
  void run(Outcome& out) {
    models::DeepNet net = make_net();
    train::EarlyStopping stopping{{.patience = 2}};
    const train::History history = train::fit(net, train,
                                              {.epochs = 2,
                                               .batch_size = 4,
                                               .learning_rate = 0.1,
                                               .seed = 5,
                                               .validation = &test,
                                               .observers = {&stopping},
                                               .progress = {.style = train::ProgressStyle::quiet}});
    out.add(history.epochs.back().cost), out.add(history.epochs.back().accuracy.value());
    add(out, net);
  }
};

struct Asked {
  data::Dataset set = examples(3);
  models::DeepNet net = make_net();
  models::LogisticRegression unit{{.inputs = 4}};
  void run(Outcome& out) {
    const double right = train::accuracy(net, set, {.batch_size = 4});
    const Tensor answers = net.predict(set.x), yes = unit.predict(set.x);
    const std::string table = models::summary(net);
    out.add(right), out.add(answers), out.add(yes), out.add(table);
    add(out, net);
  }
};

}  // namespace

TEST_CASE("fit stands failing allocations") { CHECK(walk<Fitted>() > 0); }
TEST_CASE("Models that are asked stand failing allocations") { CHECK(walk<Asked>() > 0); }
