// W1: logistic regression on 60,000 examples at once. Each step reads X, 188 MB, twice as it is written, and could read
// it once.

#include <memory>

#include <capstan/capstan.hpp>

#include "floors/floors.hpp"
#include "peer/peer.hpp"
#include "support/tensors.hpp"

using namespace capstan;

namespace {

struct Training {
  models::LogisticRegression model;
  optim::Sgd descent;
  Tape tape;

  explicit Training(const bench::LogisticRegression& work)
      : model{{.inputs = work.features}}, descent{parameters(model), {.learning_rate = work.learning_rate}} {}
};

/// X is the transposed view of the examples, one a row, that lie in memory.
bench::Contestant ours(const bench::LogisticRegression& work, const Tensor& x, const Tensor& y) {
  const auto training = std::make_shared<Training>(work);
  const auto step = [training, x = x.transpose(), y] {
    auto& [model, descent, tape] = *training;
    tape.rewind();
    descent.step(tape.backward(model.cost(tape.constant(x), y)));
  };
  return {step, [training] {
            return bench::Results{bench::floats(training->model.w.value()), bench::floats(training->model.b.value())};
          }};
}

std::vector<bench::Record> measure(const bench::Options& options) {
  const std::int64_t examples = options.quick ? 600 : 60'000, features = 784;
  Rng rng{1};
  const Tensor x = Tensor::uniform({examples, features}, rng);
  Tensor y = Tensor::zeros({1, examples});
  for (std::int64_t e = 0; e < examples; ++e) y.set({0, e}, x.at({e, e % features}) > 0.5 ? 1.0 : 0.0);
  const bench::LogisticRegression work{examples, features, x.data<float>(), y.data<float>(), 0.01F};
  return bench::measure(options, {.name = "W1", .unit = "ms", .per_second = 1e3}, ours(work, x, y),
                        {{.variant = "logistic regression, 784 features",
                          .target = 1.3,
                          .floor_name = "X read once, by hand",
                          .floor = bench::floors::logistic_regression_once(work),
                          .peer_name = bench::peer::name(options.threads) + ", mv",
                          .peer = bench::peer::logistic_regression(work)},
                         {.variant = "logistic regression, against two readings",
                          .target = 1.15,
                          .floor_name = "X read twice, by hand",
                          .floor = bench::floors::logistic_regression_twice(work)}});
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv, "W1: a step of logistic regression on all examples", measure);
}
