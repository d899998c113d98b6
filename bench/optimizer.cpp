// One step of an optimizer, by itself: reading parameters and gradients and writing parameters, once.

#include <memory>
#include <vector>

#include <fmt/core.h>

#include <capstan/capstan.hpp>

#include "floors/floors.hpp"
#include "support/tensors.hpp"

using namespace capstan;

namespace {

template <class Optimizer>
struct Training {
  std::vector<Parameter> parameters;
  std::vector<Tensor> gradients;
  Optimizer descent;
  Tape tape;
  Gradients d;

  Training(const std::vector<Shape>& shapes, double learning_rate)
      : parameters{starts(shapes)},
        gradients{directions(shapes)},
        descent{parameters, {.learning_rate = learning_rate}} {
    Var cost = sum(parameters[0] * tape.constant(gradients[0]));
    for (std::size_t i = 1; i < parameters.size(); ++i) cost = cost + sum(parameters[i] * tape.constant(gradients[i]));
    d = tape.backward(cost);
  }

 private:
  static std::vector<Parameter> starts(const std::vector<Shape>& shapes) {
    std::vector<Parameter> made;
    Rng rng{1};
    made.reserve(shapes.size());
    for (const Shape& shape : shapes) made.emplace_back("p", Tensor::uniform(shape, rng));
    return made;
  }
  static std::vector<Tensor> directions(const std::vector<Shape>& shapes) {
    std::vector<Tensor> made;
    Rng rng{2};
    made.reserve(shapes.size());
    for (const Shape& shape : shapes) made.push_back(Tensor::uniform(shape, rng));
    return made;
  }
};

template <class Optimizer, class Work>
std::vector<bench::Record> measure_shapes(const bench::Options& options, const char* variant,
                                          const std::vector<Shape>& shapes,
                                          bench::Contestant (*floor)(const Work& work)) {
  constexpr float learning_rate = 1e-5F;
  const auto training = std::make_shared<Training<Optimizer>>(shapes, learning_rate);
  Work work;
  work.learning_rate = learning_rate;
  for (const Parameter& p : training->parameters) work.parameters.push_back(p.value().template data<float>());
  for (const Tensor& g : training->gradients) work.gradients.push_back(g.template data<float>());
  const bench::Contestant ours{[training] { training->descent.step(training->d); },
                               [training] {
                                 bench::Results results;
                                 for (const Parameter& p : training->parameters)
                                   results.push_back(bench::floats(p.value()));
                                 return results;
                               }};
  return bench::measure(
      options, {.name = "optimizer", .unit = "ms", .per_second = 1e3}, ours,
      {{.variant = variant, .target = 1.2, .floor_name = "a loop over each, by hand", .floor = floor(work)}});
}

std::vector<bench::Record> measure(const bench::Options& options) {
  const std::int64_t side = options.quick ? 16 : 1024;
  const std::vector<Shape> large(20, Shape{side, side});
  const std::vector<Shape> mlp{{512, 784}, {512, 1}, {512, 512}, {512, 1}, {10, 512}, {10, 1}};
  using bench::floors::adam, bench::floors::descent;
  std::vector<bench::Record> records;
  for (const auto& some : {measure_shapes<optim::Sgd>(options, "descent, 20 parameters of 1024×1024", large, descent),
                           measure_shapes<optim::Sgd>(options, "descent, the parameters of W2", mlp, descent),
                           measure_shapes<optim::Adam>(options, "Adam, 20 parameters of 1024×1024", large, adam),
                           measure_shapes<optim::Adam>(options, "Adam, the parameters of W2", mlp, adam)})
    records.insert(records.end(), some.begin(), some.end());
  return records;
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, "A step of an optimizer by itself", measure); }
