#include <capstan/optim/adadelta.hpp>

#include "reference.hpp"

using namespace capstan;
using optim::Adadelta;
using optim::AdadeltaOptions;
using reference::Numbers;

namespace {

/// Zeiler, algorithm 1, with the options of torch.optim.Adadelta (1.13).
struct AdadeltaReference {
  AdadeltaOptions options;
  Numbers p, square = Numbers(p.size()), steps = square;

  AdadeltaReference(const AdadeltaOptions& o, const Numbers& from) : options{o}, p{from} {}

  void step(const Numbers& gradient) {
    const AdadeltaOptions& o = options;
    for (std::size_t i = 0; i < p.size(); ++i) {
      const double g = gradient[i] + o.weight_decay * p[i];
      square[i] = o.decay * square[i] + (1.0 - o.decay) * g * g;
      const double update = std::sqrt(steps[i] + o.epsilon) / std::sqrt(square[i] + o.epsilon) * g;
      steps[i] = o.decay * steps[i] + (1.0 - o.decay) * update * update;
      p[i] -= o.learning_rate * update;
    }
  }
};

}  // namespace

TEST_CASE("1,000 steps of Adadelta are those of its paper to 1e-10, in every variant") {
  reference::compare<Adadelta, AdadeltaReference>(std::vector<AdadeltaOptions>{
      {},
      {.learning_rate = 0.5, .weight_decay = 0.1},
      {.decay = 0.95, .epsilon = 1e-4},
  });
}

TEST_CASE("Adadelta needs no options, and its defaults are those of torch.optim") {
  const Parameter p{"p", reference::tensor(reference::start)};
  const AdadeltaOptions now = Adadelta{{p}}.options();
  CHECK(now.learning_rate == 1.0);
  CHECK(now.decay == 0.9);
  CHECK(now.epsilon == 1e-6);
}

TEST_CASE("Numbers that make no Adadelta are refused by name and value") {
  reference::check_refused<Adadelta>(AdadeltaOptions{.decay = 1.0},
                                     "Adadelta: decay must be at least 0 and below 1, got 1\n  at reference.hpp:");
  reference::check_refused<Adadelta>(AdadeltaOptions{.epsilon = -1.0},
                                     "Adadelta: epsilon must be finite and not negative, got -1");
}
