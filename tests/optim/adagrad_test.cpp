#include <capstan/optim/adagrad.hpp>

#include <type_traits>

#include "reference.hpp"

using namespace capstan;
using optim::Adagrad;
using optim::AdagradOptions;
using reference::Numbers;

namespace {

/// Duchi, Hazan and Singer, with the options of torch.optim.Adagrad (1.13).
struct AdagradReference {
  AdagradOptions options;
  Numbers p, sum;
  double t = 0.0;

  AdagradReference(const AdagradOptions& o, const Numbers& from) : options{o}, p{from}, sum(from.size(), o.initial) {}

  void step(const Numbers& gradient) {
    t += 1.0;
    const double rate = options.learning_rate / (1.0 + (t - 1.0) * options.learning_rate_decay);
    for (std::size_t i = 0; i < p.size(); ++i) {
      const double g = gradient[i] + options.weight_decay * p[i];
      sum[i] += g * g;
      p[i] -= rate * g / (std::sqrt(sum[i]) + options.epsilon);
    }
  }
};

}  // namespace

TEST_CASE("1,000 steps of Adagrad are those of its paper to 1e-10, in every variant") {
  reference::compare<Adagrad, AdagradReference>(std::vector<AdagradOptions>{
      {.learning_rate = 0.1},
      {.learning_rate = 0.1, .weight_decay = 0.1},
      {.learning_rate = 0.1, .learning_rate_decay = 0.01, .initial = 0.5, .epsilon = 1e-3},
  });
}

TEST_CASE("Adagrad's defaults are those of torch.optim, but for the learning rate, which must be given") {
  const Parameter p{"p", reference::tensor(reference::start)};
  const AdagradOptions now = Adagrad{{p}, {.learning_rate = 0.1}}.options();
  CHECK(now.learning_rate_decay == 0.0);
  CHECK(now.initial == 0.0);
  CHECK(now.epsilon == 1e-10);
  STATIC_REQUIRE_FALSE(std::is_default_constructible_v<AdagradOptions>);
}

TEST_CASE("Numbers that make no Adagrad are refused by name and value") {
  const auto refused = [](const AdagradOptions& options, const std::string& text) {
    reference::check_refused<Adagrad>(options, "Adagrad: " + text + "\n  at reference.hpp:");
  };
  refused({.learning_rate = 0.1, .learning_rate_decay = -1.0},
          "learning_rate_decay must be finite and not negative, got -1");
  refused({.learning_rate = 0.1, .initial = -2.0}, "initial must be finite and not negative, got -2");
  refused({.learning_rate = 0.1, .epsilon = std::nan("")}, "epsilon must be finite and not negative, got nan");
}
