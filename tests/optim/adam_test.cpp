#include <capstan/optim/adam.hpp>

#include <limits>
#include <type_traits>

#include "reference.hpp"

using namespace capstan;
using optim::Adam;
using optim::AdamOptions;
using optim::AdamW;
using optim::AdamWOptions;
using reference::Numbers;

namespace {

/// Kingma and Ba, algorithm 1, with amsgrad as torch.optim (1.13) defines it; decay beside the gradient as Loshchilov and
/// Hutter, algorithm 2.
template <class Options, bool beside>
struct AdamReference {
  Options options;
  Numbers p, m = Numbers(p.size()), v = m, largest = m;
  double t = 0.0;

  AdamReference(const Options& o, const Numbers& from) : options{o}, p{from} {}

  void step(const Numbers& gradient) {
    const Options& o = options;
    t += 1.0;
    for (std::size_t i = 0; i < p.size(); ++i) {
      double g = gradient[i];
      if (beside) {
        p[i] -= o.learning_rate * o.weight_decay * p[i];
      } else {
        g += o.weight_decay * p[i];
      }
      m[i] = o.beta1 * m[i] + (1.0 - o.beta1) * g;
      v[i] = o.beta2 * v[i] + (1.0 - o.beta2) * g * g;
      largest[i] = std::max(largest[i], v[i]);
      const double m_hat = m[i] / (1.0 - std::pow(o.beta1, t));
      const double v_hat = (o.amsgrad ? largest[i] : v[i]) / (1.0 - std::pow(o.beta2, t));
      p[i] -= o.learning_rate * m_hat / (std::sqrt(v_hat) + o.epsilon);
    }
  }
};

}  // namespace

TEST_CASE("1,000 steps of Adam are those of its paper to 1e-10, with decay and amsgrad as well") {
  reference::compare<Adam, AdamReference<AdamOptions, false>>(std::vector<AdamOptions>{
      {.learning_rate = 0.01},
      {.learning_rate = 0.01, .weight_decay = 0.1},
      {.learning_rate = 0.01, .beta1 = 0.5, .beta2 = 0.9, .epsilon = 1e-3},
      {.learning_rate = 0.01, .beta1 = 0.0, .beta2 = 0.0, .epsilon = 0.1},
      {.learning_rate = 0.01, .beta2 = 0.9, .amsgrad = true},
      {.learning_rate = 0.01, .beta2 = 0.9, .weight_decay = 0.1, .amsgrad = true},
  });
}

TEST_CASE("1,000 steps of AdamW are those of its paper to 1e-10, with amsgrad as well") {
  reference::compare<AdamW, AdamReference<AdamWOptions, true>>(std::vector<AdamWOptions>{
      {.learning_rate = 0.01},
      {.learning_rate = 0.01, .weight_decay = 0.0},
      {.learning_rate = 0.01, .beta1 = 0.5, .beta2 = 0.9, .epsilon = 1e-3, .weight_decay = 0.2},
      {.learning_rate = 0.01, .beta2 = 0.9, .weight_decay = 0.1, .amsgrad = true},
  });
}

TEST_CASE("Adam's defaults are those of torch.optim, but for the learning rate, which must be given") {
  const Parameter p{"p", reference::tensor(reference::start)};
  const AdamOptions adam = Adam{{p}, {.learning_rate = 0.1}}.options();
  CHECK(adam.beta1 == 0.9);
  CHECK(adam.beta2 == 0.999);
  CHECK(adam.epsilon == 1e-8);
  CHECK(adam.weight_decay == 0.0);
  CHECK_FALSE(adam.amsgrad);
  CHECK(AdamW{{p}, {.learning_rate = 0.1}}.options().weight_decay == 0.01);
  STATIC_REQUIRE_FALSE(std::is_default_constructible_v<AdamOptions>);
  STATIC_REQUIRE_FALSE(std::is_default_constructible_v<AdamWOptions>);
}

TEST_CASE("Adam's options can be read back, with the rates as they are now") {
  const Parameter p{"p", reference::tensor(reference::start)};
  Adam adam{{p},
            {.learning_rate = 0.1,
             .beta1 = 0.8,
             .amsgrad = true,
             .groups = {{.names = {"p"}, .learning_rate = 0.2, .weight_decay = 0.5}}}};
  adam.set_learning_rate(0.05);
  const AdamOptions now = adam.options();
  CHECK(now.learning_rate == 0.05);
  CHECK(now.beta1 == 0.8);
  CHECK(now.amsgrad);
  CHECK(now.groups[0].learning_rate == 0.1);
  CHECK(adam.learning_rate(p) == 0.1);
  CHECK(adam.weight_decay(p) == 0.5);
}

TEST_CASE("Numbers that make no Adam are refused by name and value") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const auto refused = [](const AdamOptions& options, const std::string& text) {
    reference::check_refused<Adam>(options, "Adam: " + text + "\n  at reference.hpp:");
  };
  refused({.learning_rate = -0.1}, "learning_rate must be finite and not negative, got -0.1");
  refused({.learning_rate = 0.1, .beta1 = 1.0}, "beta1 must be at least 0 and below 1, got 1");
  refused({.learning_rate = 0.1, .beta2 = -0.5}, "beta2 must be at least 0 and below 1, got -0.5");
  refused({.learning_rate = 0.1, .beta2 = std::nan("")}, "beta2 must be at least 0 and below 1, got nan");
  refused({.learning_rate = 0.1, .epsilon = infinity}, "epsilon must be finite and not negative, got inf");
  refused({.learning_rate = 0.1, .weight_decay = -1.0}, "weight_decay must be finite and not negative, got -1");
  reference::check_refused<AdamW>(AdamWOptions{.learning_rate = 0.1, .beta1 = 1.5},
                                  "AdamW: beta1 must be at least 0 and below 1, got 1.5");
  reference::check_refused<AdamW>(AdamWOptions{.learning_rate = 0.1, .beta2 = 1.0}, "AdamW: beta2 must be");
  reference::check_refused<AdamW>(AdamWOptions{.learning_rate = 0.1, .epsilon = -1.0}, "AdamW: epsilon must be");
}

TEST_CASE("Adam leaves an infinite weight alone where there is no decay") {
  const double infinity = std::numeric_limits<double>::infinity();
  const Parameter p{"p", reference::tensor({infinity, 1.0})};
  Tape tape;
  const Gradients g = tape.backward(sum(p * tape.constant(reference::tensor({1.0, 2.0}))));
  Adam{{p}, {.learning_rate = 0.5}}.step(g);
  CHECK(p.value().at({0}) == infinity);
  CHECK(p.value().at({1}) == Approx(0.5));
}
