// A shallow net on planar data: two classes that lie in the petals of a flower, which no straight line divides. Draws
// what each net says of every place in the plane.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>
#include <vector>

#include <capstan/capstan.hpp>

#include <fmt/core.h>

#include "support/program.hpp"
#include "support/svg.hpp"

using namespace capstan;

namespace {

struct Options {
  std::vector<std::int64_t> hidden{1, 4, 20};
  std::int64_t examples = 400;
  std::int64_t steps = 10000;
  double alpha = 1.2;
  std::uint64_t seed = 1;
  double expect = 0.86;
  std::string out = ".";
};

/// The planar set of the course: r = 4 sin 4θ with noise on r and θ; half a turn and four petals for each class.
data::Dataset flower(std::int64_t m, Rng& rng) {
  data::Dataset set{.x = Tensor::zeros({2, m}), .y = Tensor::zeros({1, m})};
  for (std::int64_t i = 0; i < m; ++i) {
    const auto label = static_cast<double>(i % 2);
    const double theta = (label + rng.uniform()) * std::numbers::pi + 0.2 * rng.normal();
    const double r = 4.0 * std::sin(4.0 * theta) + 0.2 * rng.normal();
    set.x.set({0, i}, r * std::sin(theta));
    set.x.set({1, i}, r * std::cos(theta));
    set.y.set({0, i}, label);
  }
  return set;
}

/// Gradient descent on the whole set.
template <class Model>
void descend(Model& model, const data::Dataset& train, const Options& options) {
  optim::Sgd descent{parameters(model), {.learning_rate = options.alpha}};
  Tape tape;
  for (std::int64_t step = 1; step <= options.steps; ++step) {
    tape.rewind();
    const Var J = model.cost(tape.constant(train.x), train.y);
    descent.step(tape.backward(J));
    if (step % std::max<std::int64_t>(1, options.steps / 4) == 0)
      fmt::print("  step {:>6}  J {:.4f}\n", step, J.item());
  }
}

std::vector<examples::Point> of_class(const data::Dataset& set, double label) {
  std::vector<examples::Point> points;
  for (std::int64_t i = 0; i < set.examples(); ++i) {
    if (set.y.at({0, i}) == label) points.push_back({set.x.at({0, i}), set.x.at({1, i})});
  }
  return points;
}

/// ŷ for every place of a grid.
template <class Model>
examples::Grid plane(const Model& model) {
  examples::Grid grid{.low = {-5.0, -5.0}, .high = {5.0, 5.0}, .columns = 121, .rows = 121};
  Tensor places = Tensor::zeros({2, static_cast<std::int64_t>(grid.columns * grid.rows)});
  for (std::size_t row = 0, i = 0; row < grid.rows; ++row) {
    for (std::size_t column = 0; column < grid.columns; ++column, ++i) {
      const examples::Point place = grid.at(static_cast<double>(column), static_cast<double>(row));
      places.set({0, static_cast<std::int64_t>(i)}, place.x);
      places.set({1, static_cast<std::int64_t>(i)}, place.y);
    }
  }
  Tape tape{{.inference = true}};
  const Tensor y = model(tape.constant(places)).value();
  for (std::int64_t i = 0; i < places.shape()[1]; ++i) grid.values.push_back(y.at({0, i}));
  return grid;
}

template <class Model>
examples::Figure draw(const std::string& title, const Model& model, const data::Dataset& set) {
  examples::Figure figure{title, {.label = "x₁"}, {.label = "x₂"}};
  const examples::Grid grid = plane(model);
  figure.heat(grid).contour(grid, 0.5, {.colour = "#222222", .width = 1.5});
  figure.points(of_class(set, 0.0), {.colour = "#2a5080"}).points(of_class(set, 1.0), {.colour = "#c03048"});
  return figure;
}

/// Trains and draws one model, and gives its accuracy on the test set.
template <class Model>
double show(const std::string& name, Model model, const data::Split& sets, const Options& options,
            std::vector<examples::Figure>& figures) {
  fmt::print("{}, {} parameters\n", name, parameter_count(model));
  descend(model, sets.train, options);
  const double train = train::accuracy(model, sets.train), test = train::accuracy(model, sets.test);
  fmt::print("  accuracy {:.4f} on the training set, {:.4f} on the test set\n", train, test);
  figures.push_back(draw(fmt::format("{}: test accuracy {:.1f} %", name, 100.0 * test), model, sets.test));
  return test;
}

bool shallow_net(const Options& options) {
  Rng rng{options.seed};
  data::Split sets{};
  sets.train = flower(options.examples, rng);
  sets.test = flower(options.examples, rng);

  std::vector<examples::Figure> figures;
  show("Logistic regression", models::LogisticRegression{{.inputs = 2}}, sets, options, figures);
  double accuracy = 0.0;
  for (const std::int64_t n1 : options.hidden) {
    const models::DeepNet net{{.layers = {2, n1, 1},
                               .hidden = Activation::tanh,
                               .output = Activation::sigmoid,
                               .init = init::normal(0.01),  // random, to break the symmetry, and small
                               .seed = options.seed}};
    const std::string name = fmt::format("{} hidden unit{}", n1, n1 == 1 ? "" : "s");
    accuracy = std::max(accuracy, show(name, net, sets, options, figures));
  }

  const std::string path = options.out + "/shallow_net.svg";
  examples::write_file(path, examples::to_svg(figures, {.columns = 2, .width = 520.0, .height = 520.0}));
  fmt::print("\nThe decision boundaries are in {}\n", path);
  return examples::reached("best test accuracy", accuracy, options.expect);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{
      "A net with one hidden layer on planar two-class data, beside logistic regression; draws the boundaries.",
      "shallow_net"};
  app.add_option("--hidden", options.hidden, "numbers of hidden units to try")
      ->check(examples::positive())
      ->capture_default_str();
  app.add_option("--examples", options.examples, "m, of the training and of the test set")
      ->check(examples::positive())
      ->capture_default_str();
  app.add_option("--steps", options.steps, "steps of gradient descent")
      ->check(examples::positive())
      ->capture_default_str();
  app.add_option("--learning-rate", options.alpha, "alpha")->capture_default_str();
  app.add_option("--seed", options.seed, "of data and weights")->capture_default_str();
  app.add_option("--expect", options.expect, "exit with 1 below this test accuracy")->capture_default_str();
  app.add_option("--out", options.out, "folder for shallow_net.svg")->capture_default_str();
  return examples::run(app, argc, argv, [&] { return shallow_net(options); });
}
