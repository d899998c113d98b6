#include <capstan/models/snapshot.hpp>

#include <optional>
#include <string>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/models/deep_net.hpp>
#include <capstan/models/linear.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/optim/sgd.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"

using namespace capstan;

namespace {

const std::source_location here = std::source_location::current();
const std::string at = "\n  at " + engine::place(here);

models::DeepNet net_of(std::uint64_t seed, DType dtype = DType::f32, std::int64_t hidden = 4) {
  return models::DeepNet{{.layers = {3, hidden, 1}, .init = init::normal(1.0), .seed = seed, .dtype = dtype}};
}

std::vector<double> numbers(const auto& model) {
  std::vector<double> found;
  for (const auto& [name, parameter] : named_parameters(model)) {
    const Tensor wide = parameter.value().cast(DType::f64);
    for (const double x : wide.template data<double>()) found.push_back(x);
  }
  return found;
}

void train(models::DeepNet& net) {
  Rng rng{1};
  const Tensor x = Tensor::normal({3, 8}, rng), y = Tensor::ones({1, 8});
  optim::Sgd descent{parameters(net), {.learning_rate = 0.5}};
  Tape tape;
  for (int step = 0; step < 3; ++step) {
    tape.rewind();
    descent.step(tape.backward(net.cost(tape.constant(x), y)));
  }
}

/// An embedding and an output that share one parameter, and layers in a vector.
struct Tied {
  Parameter in{"shared", Tensor::ones({2, 3})};
  Parameter out = in;
  std::vector<Parameter> layers{Parameter{"l", Tensor::full({2}, 3.0)}, Parameter{"l", Tensor::full({2}, 4.0)}};
  std::optional<Parameter> bias = {};

  template <class Visitor>
  void visit(Visitor&& v) {
    v("in", in);
    v("out", out);
    v("layers", layers);
    v("bias", bias);
  }
};

}  // namespace

TEST_CASE("a snapshot keeps the numbers while the model trains on, and restore brings them back") {
  models::DeepNet net = net_of(1);
  const models::DeepNet handle = net;
  const std::vector<double> before = numbers(net);
  const Snapshot best = snapshot(net);
  train(net);
  REQUIRE(numbers(net) != before);
  CHECK(numbers(handle) == numbers(net));  // a copy copies handles
  restore(net, best);
  CHECK(numbers(net) == before);
  train(net);
  restore(net, best);
  CHECK(numbers(net) == before);
}

TEST_CASE("restore fills another model of the same parts, which stays apart") {
  models::DeepNet first = net_of(1), second = net_of(2);
  restore(second, snapshot(first));
  CHECK(numbers(second) == numbers(first));
  train(second);
  CHECK(numbers(second) != numbers(first));
}

TEST_CASE("a snapshot holds each parameter once, under its name") {
  Tied model;
  const Snapshot kept = snapshot(model);
  REQUIRE(kept.size() == 3);
  CHECK(kept.entries()[0].name == "in");
  CHECK(kept.entries()[2].name == "layers.1");
  model.in.assign(Tensor::zeros({2, 3}));
  model.layers[1].assign(Tensor::zeros({2}));
  restore(model, kept);
  CHECK(model.out.value().at({1, 2}) == 1.0);
  CHECK(model.layers[1].value().at({0}) == 4.0);
}

TEST_CASE("restore is a write that a tape notices, by the user's line") {
  models::DeepNet net = net_of(1);
  const Snapshot kept = snapshot(net);
  const std::uint64_t version = net.W(1).version();
  Tape tape;
  const Var y = sum(tape.parameter(net.W(1)));
  restore(net, kept);
  CHECK(net.W(1).version() > version);
  CHECK_THROWS_AS(y.item(), StaleValueError);
  CHECK_THROWS_WITH(y.item(), Catch::ContainsSubstring("snapshot_test.cpp:"));
}

TEST_CASE("a model that differs from the snapshot is refused, and nothing is written") {
  models::DeepNet net = net_of(1);
  const auto refuses = [&](auto& model, const std::string& text) {
    const std::vector<double> before = numbers(model);
    CHECK_THROWS_WITH(restore(model, snapshot(net), here), text + at);
    CHECK(numbers(model) == before);
  };
  models::DeepNet wide = net_of(2, DType::f32, 5), exact = net_of(2, DType::f64);
  CHECK_THROWS_AS(restore(wide, snapshot(net)), ShapeError);
  refuses(wide,
          "restore: \"W1\" must have the shape that the snapshot has, got (5, 3) and (4, 3)\n  model: (5, 3) of f32\n  "
          "snapshot: (4, 3) of f32");
  CHECK_THROWS_AS(restore(exact, snapshot(net)), DTypeError);
  refuses(exact,
          "restore: \"W1\" must have the dtype that the snapshot has, got f64 and f32\n  model: (4, 3) of f64\n  "
          "snapshot: (4, 3) of f32");
  models::DeepNet deep{{.layers = {3, 4, 1, 1}, .init = init::normal(1.0)}};
  CHECK_THROWS_AS(restore(deep, snapshot(net)), ValueError);
  refuses(deep,
          "restore: model and snapshot must have the same parameters and buffers, only the model has \"W3\"\n  model: "
          "6 of them"
          "\n  snapshot: 4 of them");
  models::DeepNet shallow{{.layers = {3, 4}, .init = init::normal(1.0)}};
  CHECK_THROWS_AS(restore(shallow, snapshot(net)), ValueError);
  refuses(shallow,
          "restore: model and snapshot must have the same parameters and buffers, only the snapshot has \"W2\"\n  "
          "model: 2 of them"
          "\n  snapshot: 4 of them");
  CHECK_THROWS_AS(restore(net, Snapshot{}), ValueError);
}

TEST_CASE("a difference in the last parameter leaves the first ones as they were") {
  Rng rng{1};
  models::Linear layer{{.inputs = 3, .outputs = 2}, rng}, other{{.inputs = 3, .outputs = 2}, rng};
  other.b = Parameter{"b", Tensor::zeros({2})};
  const std::vector<double> before = numbers(other);
  CHECK_THROWS_AS(restore(other, snapshot(layer)), ShapeError);
  CHECK(numbers(other) == before);
}
