// The attributes of operations by name, as NodeView gives them.
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/ops.hpp>

#include "catch.hpp"
#include "numbers.hpp"
#include "same_bits.hpp"
#include "samples/sample.hpp"

using namespace capstan;

namespace {

using Attributes = std::vector<Attribute>;
using List = std::vector<std::int64_t>;

Attribute whole(std::string_view name, std::int64_t value) { return {name, value}; }

Attributes of(const Tape& tape, const Var& x) { return tape.node(x.id()).attributes(); }

/// The attributes of the last node with an op of that name.
Attributes of(const Tape& tape, std::string_view op) {
  for (auto id = static_cast<std::uint32_t>(tape.size()); id-- > 0;) {
    if (tape.node(id).op() == op) return tape.node(id).attributes();
  }
  FAIL("no node of " << op);
  return {};
}

}  // namespace

TEST_CASE("reductions have the axes and keepdims that they were given") {
  Tape tape;
  const Var x = tape.variable(counting({2, 3, 4}));
  CHECK(of(tape, sum(x)) == Attributes{{"axes", List{}}, {"keepdims", false}});
  CHECK(of(tape, mean(x, {.axis = -2, .keepdims = true})) == Attributes{{"axes", List{-2}}, {"keepdims", true}});
  CHECK(of(tape, max(x, {.axes = {2, 0}})) == Attributes{{"axes", List{2, 0}}, {"keepdims", false}});
  CHECK(of(tape, stddev(x, {.axis = 1, .correction = 1})) ==
        Attributes{{"axes", List{1}}, {"keepdims", false}, whole("correction", 1)});
  CHECK(of(tape, "centre") == Attributes{{"axes", List{1}}, {"keepdims", true}});
  CHECK(of(tape, log_sum_exp(x, {.axis = -1, .keepdims = true})) == Attributes{whole("axis", -1), {"keepdims", true}});
  CHECK(of(tape, sum_to(x, {3, 1})) == Attributes{{"shape", List{3, 1}}});
}

TEST_CASE("views have the axes, positions and extents that they were given") {
  Tape tape;
  const Var x = tape.variable(counting({2, 3, 4}));
  CHECK(of(tape, transpose(x)) == Attributes{{"axes", List{}}});
  CHECK(of(tape, transpose(x, {1, -1, 0})) == Attributes{{"axes", List{1, -1, 0}}});
  CHECK(of(tape, reshape(x, {6, -1})) == Attributes{{"shape", List{6, -1}}});
  CHECK(of(tape, broadcast_to(x, {5, 2, 3, 4})) == Attributes{{"shape", List{5, 2, 3, 4}}});
  const Var part = slice(x, {.axis = -1, .start = 1, .step = 2});
  CHECK(of(tape, part) ==
        Attributes{whole("axis", -1), whole("start", 1), whole("stop", SliceOptions::to_end), whole("step", 2)});
  (void)gradient(part, x);
  CHECK(of(tape, "slice_gradient") ==
        Attributes{whole("axis", 2), whole("start", 1), whole("step", 2), whole("extent", 4)});
  CHECK(of(tape, stop_gradient(x)).empty());
}

TEST_CASE("operations along an axis have the axis that they were given") {
  Tape tape;
  const Var x = tape.variable(counting({2, 3}));
  CHECK(of(tape, softmax(x, {.axis = -1})) == Attributes{whole("axis", -1)});
  (void)gradient(sum(square(softmax(x, {.axis = -1}))), x);
  CHECK(of(tape, "softmax_gradient") == Attributes{whole("axis", 1)});
  CHECK(of(tape, log_softmax(x)) == Attributes{whole("axis", 0)});
  CHECK(of(tape, concatenate({x, x}, {.axis = 1})) == Attributes{whole("axis", 1)});
  CHECK(of(tape, stack({x, x}, {.axis = -3})) == Attributes{whole("axis", -3)});
}

TEST_CASE("elementwise operations have the options that they were given, and so have their gradients") {
  Tape tape;
  const Var x = tape.variable(counting({2, 3}));
  CHECK(of(tape, relu(x, {.slope_at_zero = 0.5})) == Attributes{{"slope_at_zero", 0.5}});
  const Var y = leaky_relu(x, {.slope = 0.2});
  CHECK(of(tape, y) == Attributes{{"slope", 0.2}, {"slope_at_zero", 1.0}});
  (void)gradient(y, x);
  CHECK(of(tape, "leaky_relu_gradient") == of(tape, y));
  CHECK(of(tape, elu(x, {.alpha = 2.0})) == Attributes{{"alpha", 2.0}});
  CHECK(of(tape, clamp(x, {.high = 3.0})) ==
        Attributes{{"low", -std::numeric_limits<double>::infinity()}, {"high", 3.0}});
  (void)gradient(pow(x, 3), x);
  CHECK(of(tape, "pow_gradient") == Attributes{{"order", 1.0}});
  CHECK(of(tape, tanh(x)).empty());
  CHECK(of(tape, x + 1).empty());
}

TEST_CASE("a cast has the name of its dtype") {
  Tape tape;
  const Var x = tape.variable(counting({2, 3}));
  CHECK(of(tape, cast(x, DType::f32)) == Attributes{{"dtype", "f32"}});
  CHECK(of(tape, cast(x, DType::i32)) == Attributes{{"dtype", "i32"}});
}

TEST_CASE("losses over classes have the options that they were given, and so have their gradients") {
  Tape tape;
  const Var z = tape.variable(counting({3, 2}));
  const Tensor labels = Tensor::from({0, 2}, {2});
  const Attributes expected{{"reduction", "sum"}, whole("ignore_index", 7), {"label_smoothing", 0.25}};
  const CrossEntropyOptions options{.reduction = Reduction::sum, .ignore_index = 7, .label_smoothing = 0.25};
  const Var loss = cross_entropy(z, labels, options);
  CHECK(of(tape, loss) == expected);
  const Var dz = gradient(loss, z);
  CHECK(of(tape, "cross_entropy_gradient") == expected);
  (void)gradient(sum(square(dz)), z);
  CHECK(of(tape, "label_targets") == expected);
  CHECK(of(tape, "label_counts") == expected);
  CHECK(of(tape, categorical_cross_entropy(softmax(z), labels, options)) == expected);
  CHECK(of(tape, cross_entropy(z, labels)) ==
        Attributes{{"reduction", "mean"}, whole("ignore_index", -100), {"label_smoothing", 0.0}});
  CHECK(of(tape, cross_entropy(z, labels, {.reduction = Reduction::none})).front() == Attribute{"reduction", "none"});
}

TEST_CASE("a product by letters has the axes of its factors and of the value") {
  Tape tape;
  const Var a = tape.constant(counting({2, 3, 4})), b = tape.constant(counting({2, 4, 5}));
  CHECK(of(tape, einsum("bij,bjk->bik", a, b)) == Attributes{{"axes", "abd,adc->abc"}});
  CHECK(of(tape, einsum("i,i->", tape.constant(counting({3})), tape.constant(counting({3})))) ==
        Attributes{{"axes", "a,a->"}});
}

TEST_CASE("einsum with the axes of a recorded product computes the same product") {
  std::size_t products = 0;
  for (const samples::Case& sample : samples::cases()) {
    if (sample.sample->op != "einsum") continue;
    INFO(sample.name());
    Tape tape;
    std::vector<Var> x;
    for (const Tensor& input : sample.inputs) x.push_back(tape.variable(input));
    const Var y = sum(sample(x));
    for (const Var& input : x) (void)gradient(y, input);
    const auto size = static_cast<std::uint32_t>(tape.size());
    for (std::uint32_t id = 0; id < size; ++id) {
      const NodeView node = tape.node(id);
      if (node.op() != "einsum") continue;
      const std::string axes = std::get<std::string>(node.attributes().at(0).value);
      INFO(axes);
      const Var a = tape.node(node.inputs()[0]).var(), b = tape.node(node.inputs()[1]).var();
      const Var again = einsum(axes, a, b);
      REQUIRE(again.shape() == node.shape());
      CHECK(same_bits(again.value(), node.var().value()));
      ++products;
    }
  }
  CHECK(products > 0);
}
