// Sequential and Residual, the layers that they hold, and buffers among parameters.
#include <capstan/models/sequential.hpp>

#include <string>
#include <utility>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/models/linear.hpp>
#include <capstan/models/snapshot.hpp>
#include <capstan/models/summary.hpp>
#include <capstan/ops.hpp>
#include <capstan/tensor/engine.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"
#include "counting_new.hpp"
#include "same_bits.hpp"

using namespace capstan;

namespace {

/// Shifts by a running mean, or, in training, by that of the batch.
struct Centre {
  Buffer mean{"mean", Tensor::zeros({1})};
  Parameter scale{"scale", Tensor::ones({1})};

  Var operator()(const Operand& x, const Pass& pass) const {
    if (!pass.training) return scale * (x - mean);
    const Var now = reshape(capstan::mean(x), {1});
    update(mean, now);
    return scale * (x - now);
  }
  template <class Visitor>
  void visit(Visitor&& v) {
    v("mean", mean);
    v("scale", scale);
  }
};

struct Both {
  Buffer a{"a", Tensor::zeros({1})};
  Parameter b{"b", Tensor::zeros({2})};

  template <class Visitor>
  void visit(Visitor&& v) {
    v("same", a);
    v("same", b);
  }
};

template <class Model, class... More>
concept Runs = requires(const Model& model, const Operand& x, const More&... more) { model(x, more...); };

std::vector<std::string> names(const auto& model) {
  std::vector<std::string> result;
  for (const auto& [name, tensor] : named_state(model)) result.push_back(name);
  return result;
}

Var twice(const Var& x) { return 2.0 * x; }

const Pass evaluation{};

}  // namespace

TEST_CASE("a sequential runs layers, activations, functions of ops and of one's own, one after the other") {
  Rng rng{1};
  const models::Linear in{{.inputs = 3, .outputs = 4}, rng}, out{{.inputs = 4, .outputs = 2}, rng};
  models::Sequential net{in,    relu, tanh,   Activation::leaky_relu(0.2), [](const Operand& x) { return exp(x); },
                         twice, out,  softmax};
  CHECK(net.size() == 8);
  Tape tape;
  const Var x = tape.constant(Tensor::normal({3, 5}, rng));
  const Var y = softmax(out(2.0 * exp(leaky_relu(tanh(relu(in(x))), {.slope = 0.2}))));
  CHECK(same_bits(net(x, evaluation).value(), y.value()));
  CHECK(models::Sequential{}(x, evaluation).id() == x.id());
}

TEST_CASE("names are positions, functions count, and sequentials nest") {
  Rng rng{1};
  const models::LinearOptions square{.inputs = 3, .outputs = 3};
  models::Sequential inner{models::Linear{square, rng}, relu, Centre{}};
  models::Sequential net{relu, inner, models::Residual{inner}};
  net.add(models::Linear{square, rng});
  CHECK(names(net) == std::vector<std::string>{"1.0.W", "1.0.b", "1.2.mean", "1.2.scale", "3.W", "3.b"});
  CHECK(names(models::Sequential{inner}) == names(inner));
  CHECK(net.at(1).get_if<models::Sequential>()->size() == 3);
  CHECK(net.at(1).get_if<models::Linear>() == nullptr);
  CHECK_THROWS_AS(net.at(4), IndexError);
}

TEST_CASE("a copy shares parameters and buffers, a clone has its own") {
  Rng rng{1};
  models::Sequential net{models::Linear{{.inputs = 3, .outputs = 3}, rng}, Centre{}};
  const models::Sequential same = net;
  models::Sequential other = clone(net);
  CHECK(names(other) == names(net));
  const Snapshot kept = snapshot(net);
  CHECK(kept.size() == 4);
  for (const auto& [name, shown] : named_state(net)) {
    StateTensor tensor = shown;
    tensor.assign(Tensor::full(tensor.shape(), 7.0));
  }
  CHECK(named_buffers(same)[0].buffer.value().at({0}) == 7.0);
  CHECK(named_parameters(same)[0].parameter.value().at({0, 0}) == 7.0);
  CHECK(named_buffers(other)[0].buffer.value().at({0}) == 0.0);
  CHECK(named_parameters(other)[0].parameter.value().at({0, 0}) != 7.0);
  restore(net, kept);
  CHECK(named_buffers(net)[0].buffer.value().at({0}) == 0.0);
  restore(other, snapshot(same));
}

TEST_CASE("parameters leave buffers out, and a summary marks them") {
  Centre layer;
  CHECK(parameters(layer).size() == 1);
  CHECK(parameter_count(layer) == 1);
  REQUIRE(named_buffers(layer).size() == 1);
  CHECK(named_buffers(layer)[0].buffer == layer.mean);
  CHECK(models::summary(layer) ==
        "name   shape  parameters\nmean   (1)        buffer\nscale  (1)             1\ntotal                  1");
  CHECK_THROWS_WITH(named_state(Both{}), Catch::StartsWith("parameters: visit gives two of parameters and buffers the "
                                                           "name \"same\", of shapes (1) and (2)"));
}

TEST_CASE("a pass reaches the layers that take one, and a net that keeps it to itself does not compile") {
  STATIC_REQUIRE(Runs<models::Sequential, Pass>);
  STATIC_REQUIRE_FALSE(Runs<models::Sequential>);
  STATIC_REQUIRE_FALSE(Runs<models::Residual>);
  STATIC_REQUIRE_FALSE(Runs<Centre>);
  const Centre centre;
  const models::Sequential net{models::Sequential{twice, models::Residual{centre}}, twice};
  Tape tape;
  const Var x = tape.constant(Tensor::full({3}, 2.0));
  CHECK(net(x, evaluation).value().at({0}) == 16.0);
  Rng rng{1};
  const Var y = net(x, {.training = true, .rng = &rng});
  CHECK(y.value().at({0}) == 8.0);
  CHECK(centre.mean.value().at({0}) == 0.0);
  tape.backward(sum(y));
  CHECK(centre.mean.value().at({0}) == 4.0);
}

TEST_CASE("a residual adds its operand, or a projection of it, and never broadcasts") {
  Rng rng{1};
  const models::Linear f{{.inputs = 3, .outputs = 2}, rng}, p{{.inputs = 3, .outputs = 2, .bias = false}, rng};
  Tape tape;
  const Var x = tape.variable(Tensor::normal({3, 5}, rng), "x");
  const models::Residual block{models::Sequential{f, relu}, p};
  CHECK(same_bits(block(x, evaluation).value(), (p(x) + relu(f(x))).value()));
  CHECK(names(block) == std::vector<std::string>{"inner.0.W", "inner.0.b", "projection.W"});
  const models::Residual plain{tanh};
  CHECK(same_bits(plain(x, evaluation).value(), (x + tanh(x)).value()));
  const models::Residual wrong{[](const Var& v) { return sum(v, {.axis = 0, .keepdims = true}); }};
  const std::size_t size = tape.size();
  CHECK_THROWS_AS(wrong(x, evaluation), ShapeError);
  CHECK_THROWS_WITH(wrong(x, evaluation),
                    Catch::StartsWith("Residual: x and f(x) must have one shape, got (3, 5) and (1, 5)\n"
                                      "  x: variable \"x\" (3, 5)"));
  CHECK(tape.size() == size);
}

TEST_CASE("a layer that refuses leaves no trace of those before it, and names the line of the net's call") {
  Rng rng{1};
  const models::Sequential net{relu, Centre{}, models::Linear{{.inputs = 7, .outputs = 2}, rng}};
  Tape tape;
  const Var x = tape.constant(Tensor::ones({3, 5}));
  const auto where = std::source_location::current();
  CHECK_THROWS_WITH(net({x, where}, {.training = true}), Catch::EndsWith("\n  at " + place(where)));
  CHECK(tape.size() == 1);
  CHECK_THROWS_AS(net(Tensor::ones({3}), evaluation), ValueError);
  models::Layer layer = relu;
  const models::Layer taken = std::move(layer);
  CHECK_THROWS_AS(layer(x, evaluation), ValueError);
}

TEST_CASE("a repeated step of nested layers allocates nothing") {
  Rng rng{1};
  const models::LinearOptions square{.inputs = 3, .outputs = 3};
  const models::Sequential net{models::Linear{square, rng}, relu, Centre{},
                               models::Residual{models::Sequential{models::Linear{square, rng}, Activation::tanh}}};
  const Tensor given = Tensor::normal({3, 5}, rng);
  Tape tape;
  int last = 0;
  for (int step = 1; step <= 20; ++step) {
    const std::uint64_t before = counting_new::calls();
    tape.rewind();
    const Gradients d = tape.backward(mean(net(tape.constant(given), {.training = true, .rng = &rng})));
    if (counting_new::calls() != before) last = step;
  }
  if (counting_new::works) CHECK(last <= 2);
}
