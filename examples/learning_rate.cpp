// To choose the correct α: the same net descends with one learning rate after the other, and the costs are drawn in one
// picture. Too small is slow, too large jumps about, and much too large diverges.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <capstan/capstan.hpp>

#include <fmt/core.h>

#include "support/program.hpp"
#include "support/svg.hpp"

using namespace capstan;

namespace {

struct Options {
  std::string data = examples::set_path("digits.csv.gz");
  std::vector<double> alphas{0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0};
  std::int64_t steps = 200;
  std::uint64_t seed = 1;
  double expect = 0.9;
  std::string out = ".";
};

struct Descent {
  double alpha = 0.0;
  std::vector<examples::Point> costs = {};  // (step, J), as long as J is finite
  bool diverged = false;                    // J is not finite, or has risen
  double test_cost = 0.0;
  double accuracy = 0.0;
};

Descent descend(double alpha, const data::Split& digits, const Options& options) {
  const models::DeepNet net{{.layers = {digits.train.x.shape()[0], 32, 10},
                             .hidden = Activation::relu,
                             .output = Activation::softmax,
                             .seed = options.seed}};
  optim::Sgd descent{parameters(net), {.learning_rate = alpha}};
  Descent result{.alpha = alpha};
  Tape tape;
  for (std::int64_t step = 0; step <= options.steps; ++step) {
    tape.rewind();
    const Var J = net.cost(tape.constant(digits.train.x), digits.train.y);
    const Gradients d = tape.backward(J);
    if (!std::isfinite(J.item())) break;
    result.costs.push_back({static_cast<double>(step), J.item()});
    if (step < options.steps) descent.step(d);
  }
  const bool finite = static_cast<std::int64_t>(result.costs.size()) == options.steps + 1;
  result.diverged = !finite || result.costs.back().y > result.costs.front().y;
  tape.rewind();
  result.test_cost = net.cost(tape.constant(digits.test.x), digits.test.y).item();
  result.accuracy = train::accuracy(net, digits.test);
  return result;
}

/// The curves from blue (the least α) to yellow; what diverged is red and ends in a cross, the best one is thick.
examples::Figure draw(const std::vector<Descent>& descents, const Descent& best) {
  const double top = 4.0 * best.costs.front().y;
  examples::Figure figure{"Cost while descending with different learning rates α",
                          {.label = "step", .low = 0.0},
                          {.label = "cost J on the training set", .logarithmic = true, .high = top}};
  std::vector<examples::Point> crosses;
  for (std::size_t i = 0; i < descents.size(); ++i) {
    const Descent& descent = descents[i];
    const double part = descents.size() > 1 ? static_cast<double>(i) / static_cast<double>(descents.size() - 1) : 0.0;
    figure.line(descent.costs, {.label = fmt::format("α = {:g}", descent.alpha),
                                .colour = descent.diverged ? "#dd3333" : examples::ramp(part),
                                .width = &descent == &best ? 4.0 : 1.8,
                                .dashed = descent.diverged});
    if (!descent.diverged) continue;
    const auto above = [top](const examples::Point& point) { return point.y > top; };
    const auto leaves = std::find_if(descent.costs.begin(), descent.costs.end(), above);
    const examples::Point& last = leaves == descent.costs.end() ? descent.costs.back() : *leaves;
    crosses.push_back({last.x, std::min(last.y, 0.8 * top)});
  }
  if (!crosses.empty()) {
    figure.points(crosses,
                  {.label = "diverges", .colour = "#dd3333", .radius = 5.0, .marker = examples::Marker::cross});
  }
  figure.points({best.costs.back()}, {.label = fmt::format("best: α = {:g}", best.alpha),
                                      .colour = "#222222",
                                      .radius = 7.0,
                                      .marker = examples::Marker::ring});
  return figure;
}

bool learning_rate(const Options& options) {
  data::Split digits =
      data::split(data::load_csv(options.data, {.header = data::Header::none, .target_kind = data::TargetKind::labels}),
                  {.test_fraction = 0.25, .seed = options.seed});
  data::standardise(digits.train, digits.test);

  std::vector<double> alphas = options.alphas;
  std::sort(alphas.begin(), alphas.end());
  std::vector<Descent> descents;
  fmt::print("{:>8} {:>14} {:>14} {:>10}\n", "α", "J, training", "J, held out", "accuracy");
  for (const double alpha : alphas) {
    descents.push_back(descend(alpha, digits, options));
    const Descent& descent = descents.back();
    fmt::print("{:>8g} {:>14.5g} {:>14.5g} {:>10.4f}{}\n", alpha, descent.costs.back().y, descent.test_cost,
               descent.accuracy, descent.diverged ? "   diverged" : "");
  }

  const Descent& best = *std::min_element(descents.begin(), descents.end(), [](const Descent& a, const Descent& b) {
    return a.diverged != b.diverged ? b.diverged : a.test_cost < b.test_cost;
  });
  const std::string path = options.out + "/learning_rate.svg";
  examples::write_file(path, examples::to_svg({draw(descents, best)}, {.width = 860.0, .height = 520.0}));
  if (best.diverged) {
    fmt::print("\nEvery α diverged; the curves are in {}\n", path);
    return false;
  }
  fmt::print("\nThe best α of these is {:g}; the curves are in {}\n", best.alpha, path);
  return examples::reached("with it, accuracy on the held-out part", best.accuracy, options.expect);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Sweeps the learning rate of a shallow net on handwritten digits and draws the costs.", "learning_rate"};
  app.add_option("--data", options.data, "CSV file of the digits")->capture_default_str();
  app.add_option("--alphas", options.alphas, "learning rates to try")
      ->check(examples::positive())
      ->capture_default_str();
  app.add_option("--steps", options.steps, "steps of gradient descent")
      ->check(examples::positive())
      ->capture_default_str();
  app.add_option("--seed", options.seed, "of the weights and the division of the data")->capture_default_str();
  app.add_option("--expect", options.expect, "exit with 1 below this accuracy")->capture_default_str();
  app.add_option("--out", options.out, "folder for learning_rate.svg")->capture_default_str();
  return examples::run(app, argc, argv, [&] { return learning_rate(options); });
}
