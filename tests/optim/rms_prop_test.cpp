#include <capstan/optim/rms_prop.hpp>

#include <limits>
#include <type_traits>

#include "reference.hpp"

using namespace capstan;
using optim::RmsProp;
using optim::RmsPropOptions;
using reference::Numbers;

namespace {

/// torch.optim.RMSprop, version 1.13, as its documentation defines it.
struct RmsPropReference {
  RmsPropOptions options;
  Numbers p, square = Numbers(p.size()), mean = square, buffer = square;

  RmsPropReference(const RmsPropOptions& o, const Numbers& from) : options{o}, p{from} {}

  void step(const Numbers& gradient) {
    const RmsPropOptions& o = options;
    for (std::size_t i = 0; i < p.size(); ++i) {
      const double g = gradient[i] + o.weight_decay * p[i];
      square[i] = o.decay * square[i] + (1.0 - o.decay) * g * g;
      double average = square[i];
      if (o.centered) {
        mean[i] = o.decay * mean[i] + (1.0 - o.decay) * g;
        average = average - mean[i] * mean[i];
      }
      const double update = g / (std::sqrt(average) + o.epsilon);
      buffer[i] = o.momentum * buffer[i] + update;
      p[i] -= o.learning_rate * buffer[i];
    }
  }
};

}  // namespace

TEST_CASE("1,000 steps of RmsProp are those of torch.optim.RMSprop to 1e-10, in every variant") {
  std::vector<RmsPropOptions> variants{{.learning_rate = 0.01, .decay = 0.9, .epsilon = 1e-3}};
  for (const double weight_decay : {0.0, 0.1}) {
    for (const double momentum : {0.0, 0.8}) {
      for (const bool centered : {false, true})
        variants.push_back(
            {.learning_rate = 0.005, .weight_decay = weight_decay, .momentum = momentum, .centered = centered});
    }
  }
  reference::compare<RmsProp, RmsPropReference>(variants);
}

TEST_CASE("RmsProp's defaults are those of torch.optim, but for the learning rate, which must be given") {
  const Parameter p{"p", reference::tensor(reference::start)};
  const RmsPropOptions now = RmsProp{{p}, {.learning_rate = 0.1}}.options();
  CHECK(now.decay == 0.99);
  CHECK(now.epsilon == 1e-8);
  CHECK(now.momentum == 0.0);
  CHECK(now.weight_decay == 0.0);
  CHECK_FALSE(now.centered);
  STATIC_REQUIRE_FALSE(std::is_default_constructible_v<RmsPropOptions>);
}

TEST_CASE("Centered RmsProp stays finite where all gradients are the same, whose variance rounds below 0") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    const Parameter p{"p", reference::tensor({1.0, 1.0, 1.0, 1.0, 1.0}).cast(dtype)};
    RmsProp descent{{p}, {.learning_rate = 1e-12, .decay = 0.5, .centered = true}};
    Tape tape;
    const Tensor slopes = reference::tensor({0.1, 0.3, 0.7, 1.1, 1.3}).cast(dtype);
    for (int step = 0; step < 500; ++step) {
      tape.rewind();
      descent.step(tape.backward(sum(p * tape.constant(slopes))));
    }
    for (const double value : reference::list(p.value())) CHECK(std::isfinite(value));
  }
}

TEST_CASE("Numbers that make no RmsProp are refused by name and value") {
  const auto refused = [](const RmsPropOptions& options, const std::string& text) {
    reference::check_refused<RmsProp>(options, "RmsProp: " + text + "\n  at reference.hpp:");
  };
  refused({.learning_rate = 0.1, .decay = 1.0}, "decay must be at least 0 and below 1, got 1");
  refused({.learning_rate = 0.1, .epsilon = -1e-8}, "epsilon must be finite and not negative, got -1e-08");
  refused({.learning_rate = 0.1, .momentum = std::nan("")}, "momentum must be finite and not negative, got nan");
}
