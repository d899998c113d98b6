// Gradient checking: an operation of the user's own inside a net, on real data, and two wrong gradient rules for it
// that the check finds.
#include <cmath>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <capstan/capstan.hpp>

#include <fmt/core.h>

#include "support/program.hpp"

using namespace capstan;

namespace {

struct Options {
  std::string data = examples::set_path("breast_cancer.csv.gz");
  std::int64_t examples = 20;
  std::int64_t hidden = 4;
  std::uint64_t seed = 1;
};

/// softsign(x) = x / (1 + |x|), an activation that the library does not have.
void softsign_values(const CustomForward& f) {
  const auto x = f.input<double>(0);
  const auto y = f.output<double>();
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = x[i] / (1.0 + std::abs(x[i]));
}

/// The gradient rule is written with operations, so that it can be differentiated again: dx = dy / (1 + |x|)².
Var softsign(const Operand& x) {
  static const CustomOp op{{.name = "softsign", .forward = softsign_values, .gradient = [](const CustomGradient& g) {
                              return std::vector<Var>{g.dy() / square(1.0 + abs(g.input(0)))};
                            }}};
  return op(x);
}

/// The square is forgotten.
Var careless_softsign(const Operand& x) {
  static const CustomOp op{
      {.name = "careless_softsign", .forward = softsign_values, .gradient = [](const CustomGradient& g) {
         return std::vector<Var>{g.dy() / (1.0 + abs(g.input(0)))};
       }}};
  return op(x);
}

/// The sign is wrong.
Var contrary_softsign(const Operand& x) {
  static const CustomOp op{
      {.name = "contrary_softsign", .forward = softsign_values, .gradient = [](const CustomGradient& g) {
         return std::vector<Var>{-g.dy() / square(1.0 + abs(g.input(0)))};
       }}};
  return op(x);
}

/// Checks the gradient of a shallow net's cost in W1, b1, W2 and b2, the hidden layer made with the given activation.
bool check(const std::string& name, const std::function<Var(const Operand&)>& activation, const data::Dataset& set,
           const Options& options) {
  Rng rng{options.seed};
  const NormalOptions small{.stddev = 0.5, .dtype = DType::f64};
  const std::vector<Tensor> start{Tensor::normal({options.hidden, set.x.shape()[0]}, rng, small),
                                  Tensor::normal({options.hidden, 1}, rng, small),
                                  Tensor::normal({1, options.hidden}, rng, small), Tensor::normal({1, 1}, rng, small)};
  const auto cost = [&](std::span<const Var> in) {
    const Var &W1 = in[0], &b1 = in[1], &W2 = in[2], &b2 = in[3];
    const Var A1 = activation(matmul(W1, set.x) + b1);
    const Var A2 = sigmoid(matmul(W2, A1) + b2);
    return binary_cross_entropy(A2, set.y);
  };
  const GradientReport report = check_gradient(cost, start);
  fmt::print("{}: {}\n\n", name, report);
  return report.passed();
}

bool gradient_check(const Options& options) {
  data::Dataset patients = data::load_csv(
      options.data, {.header = data::Header::counts, .target_kind = data::TargetKind::numbers, .dtype = DType::f64});
  data::standardise(patients);
  const data::Dataset set{.x = patients.x.slice({.axis = 1, .stop = options.examples}),
                          .y = patients.y.slice({.axis = 1, .stop = options.examples})};

  const bool right = check("softsign", softsign, set, options);
  const bool careless = check("softsign, the square forgotten", careless_softsign, set, options);
  const bool contrary = check("softsign, the sign wrong", contrary_softsign, set, options);
  const bool good = right && !careless && !contrary;
  fmt::print("{}\n", good ? "The right rule passed, and both wrong ones were found."
                          : "The check did NOT tell right from wrong.");
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Checks a user's own operation, and two wrong versions of it, inside a net on real data.",
               "gradient_check"};
  app.add_option("--data", options.data, "CSV file of the breast cancer set")->capture_default_str();
  app.add_option("--examples", options.examples, "how many to take")
      ->check(examples::positive())
      ->capture_default_str();
  app.add_option("--hidden", options.hidden, "hidden units")->check(examples::positive())->capture_default_str();
  app.add_option("--seed", options.seed, "of the weights")->capture_default_str();
  return examples::run(app, argc, argv, [&] { return gradient_check(options); });
}
