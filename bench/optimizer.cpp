// One step of gradient descent, by itself: reading parameters and gradients and writing parameters, once.

#include <memory>
#include <vector>

#include <fmt/core.h>

#include <capstan/capstan.hpp>

#include "floors/floors.hpp"
#include "support/tensors.hpp"

using namespace capstan;

namespace {

struct Training {
  std::vector<Parameter> parameters;
  std::vector<Tensor> gradients;
  optim::Sgd descent;
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

std::vector<bench::Record> measure_shapes(const bench::Options& options, const char* variant,
                                          const std::vector<Shape>& shapes) {
  constexpr float learning_rate = 1e-5F;
  const auto training = std::make_shared<Training>(shapes, learning_rate);
  bench::Descent work{.parameters = {}, .gradients = {}, .learning_rate = learning_rate};
  for (const Parameter& p : training->parameters) work.parameters.push_back(p.value().data<float>());
  for (const Tensor& g : training->gradients) work.gradients.push_back(g.data<float>());
  const bench::Contestant ours{[training] { training->descent.step(training->d); },
                               [training] {
                                 bench::Results results;
                                 for (const Parameter& p : training->parameters)
                                   results.push_back(bench::floats(p.value()));
                                 return results;
                               }};
  return bench::measure(options, {.name = "optimizer", .unit = "ms", .per_second = 1e3}, ours,
                        {{.variant = variant,
                          .target = 1.2,
                          .floor_name = "a loop over each, by hand",
                          .floor = bench::floors::descent(work)}});
}

std::vector<bench::Record> measure(const bench::Options& options) {
  const std::int64_t side = options.quick ? 16 : 1024;
  std::vector<bench::Record> records =
      measure_shapes(options, "descent, 20 parameters of 1024×1024", std::vector<Shape>(20, Shape{side, side}));
  const std::vector<Shape> mlp{{512, 784}, {512, 1}, {512, 512}, {512, 1}, {10, 512}, {10, 1}};
  for (const bench::Record& record : measure_shapes(options, "descent, the parameters of W2", mlp))
    records.push_back(record);
  return records;
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, "A step of gradient descent by itself", measure); }
