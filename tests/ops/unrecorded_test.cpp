// Operations of parameters, tensors and numbers alone: they compile, record nothing, and say how an operand gets onto a
// tape.
#include <functional>
#include <map>
#include <string>

#include <capstan/graph/tape.hpp>
#include <capstan/ops.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"
#include "samples/sample.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

namespace {

template <class A, class B>
concept Combine = requires(const A& a, const B& b) {
  a + b;
  a - b;
  a* b;
  a / b;
};
static_assert(Combine<Parameter, Parameter> && Combine<Parameter, Tensor> && Combine<Tensor, Parameter> &&
              Combine<double, Parameter> && Combine<Parameter, float> && Combine<int, Parameter> &&
              Combine<Parameter, Var> && Combine<Var, Parameter> && Combine<Operand, Parameter> &&
              Combine<Parameter, Operand>);
static_assert(!Combine<Tensor, double> && !Combine<Tensor, Tensor> && !Combine<bool, Parameter>);

/// Functions of Tensors alone are deleted, those with options in braces as well.
template <class X>
concept Computes = requires(const X& x) {
  exp(x);
  sum(x, {.axis = 0});
  relu(x, {.slope_at_zero = 0.0});
  clamp(x, {.low = 0.0});
  transpose(x, {1, 0});
  reshape(x, {-1});
};
template <class X>
concept ComputesAny =
    requires(const X& x) { exp(x); } || requires(const X& x) { sum(x, {.axis = 0}); } ||
    requires(const X& x) { relu(x, {.slope_at_zero = 0.0}); } || requires(const X& x) { clamp(x, {.low = 0.0}); } ||
    requires(const X& x) { transpose(x, {1, 0}); } || requires(const X& x) { reshape(x, {-1}); };
static_assert(Computes<Var> && Computes<Parameter> && !ComputesAny<Tensor>);
template <class A, class B>
concept Joins = requires(const A& a, const B& b) { add(a, b); } || requires(const A& a, const B& b) { matmul(a, b); } ||
                requires(const A& a, const B& b) { cross_entropy(a, b, {.label_smoothing = 0.1}); };
static_assert(Joins<Var, Tensor> && Joins<Tensor, Parameter> && !Joins<Tensor, Tensor>);

using Call = std::function<Var(const Parameter& p)>;

std::map<std::string, Call, std::less<>> calls_on_images() {
  return {
      {"adaptive_avg_pool1d", [](const Parameter& p) { return adaptive_avg_pool1d(p, {.size = {1}}); }},
      {"adaptive_avg_pool2d", [](const Parameter& p) { return adaptive_avg_pool2d(p, {.size = {1, 1}}); }},
      {"adaptive_avg_pool3d", [](const Parameter& p) { return adaptive_avg_pool3d(p, {.size = {1, 1, 1}}); }},
      {"adaptive_max_pool1d", [](const Parameter& p) { return adaptive_max_pool1d(p, {.size = {1}}); }},
      {"adaptive_max_pool2d", [](const Parameter& p) { return adaptive_max_pool2d(p, {.size = {1, 1}}); }},
      {"adaptive_max_pool3d", [](const Parameter& p) { return adaptive_max_pool3d(p, {.size = {1, 1, 1}}); }},
      {"avg_pool1d", [](const Parameter& p) { return avg_pool1d(p, {.kernel = {1}}); }},
      {"avg_pool2d", [](const Parameter& p) { return avg_pool2d(p, {.kernel = {1, 1}}); }},
      {"avg_pool3d", [](const Parameter& p) { return avg_pool3d(p, {.kernel = {1, 1, 1}}); }},
      {"conv1d", [](const Parameter& p) { return conv1d(p, p); }},
      {"conv2d", [](const Parameter& p) { return conv2d(p, p, p); }},
      {"conv3d", [](const Parameter& p) { return conv3d(p, p.value()); }},
      {"conv_transpose1d", [](const Parameter& p) { return conv_transpose1d(p, p, p); }},
      {"conv_transpose2d", [](const Parameter& p) { return conv_transpose2d(p, p); }},
      {"conv_transpose3d", [](const Parameter& p) { return conv_transpose3d(p, p); }},
      {"flatten", [](const Parameter& p) { return flatten(p); }},
      {"fold_windows", [](const Parameter& p) { return fold_windows(p, {.axes = {0}, .extents = {3}}); }},
      {"global_avg_pool", [](const Parameter& p) { return global_avg_pool(p); }},
      {"global_max_pool", [](const Parameter& p) { return global_max_pool(p); }},
      {"max_pool1d", [](const Parameter& p) { return max_pool1d(p, {.kernel = {1}}); }},
      {"max_pool2d", [](const Parameter& p) { return max_pool2d(p, {.kernel = {1, 1}}); }},
      {"max_pool3d", [](const Parameter& p) { return max_pool3d(p, {.kernel = {1, 1, 1}}); }},
      {"pad", [](const Parameter& p) { return pad(p, {.before = {1, 1}}); }},
      {"resize", [](const Parameter& p) { return resize(p, {.size = {1, 1}}); }},
      {"unflatten", [](const Parameter& p) { return unflatten(p, {2, 1}); }},
      {"windows", [](const Parameter& p) { return windows(p, {.axes = {0}, .size = {2}}); }},
  };
}

std::map<std::string, Call, std::less<>> calls() {
  std::map<std::string, Call, std::less<>> all{
      {"abs", [](const Parameter& p) { return abs(p); }},
      {"ceil", [](const Parameter& p) { return ceil(p); }},
      {"clamp", [](const Parameter& p) { return clamp(p, {.low = 0.0, .high = 1.0}); }},
      {"cos", [](const Parameter& p) { return cos(p); }},
      {"elu", [](const Parameter& p) { return elu(p); }},
      {"erf", [](const Parameter& p) { return erf(p); }},
      {"exp", [](const Parameter& p) { return exp(p); }},
      {"expm1", [](const Parameter& p) { return expm1(p); }},
      {"floor", [](const Parameter& p) { return floor(p); }},
      {"gelu", [](const Parameter& p) { return gelu(p); }},
      {"is_finite", [](const Parameter& p) { return is_finite(p); }},
      {"is_nan", [](const Parameter& p) { return is_nan(p); }},
      {"leaky_relu", [](const Parameter& p) { return leaky_relu(p); }},
      {"log", [](const Parameter& p) { return log(p); }},
      {"log1p", [](const Parameter& p) { return log1p(p); }},
      {"negate", [](const Parameter& p) { return negate(p); }},
      {"reciprocal", [](const Parameter& p) { return reciprocal(p); }},
      {"relu", [](const Parameter& p) { return relu(p); }},
      {"round", [](const Parameter& p) { return round(p); }},
      {"sigmoid", [](const Parameter& p) { return sigmoid(p); }},
      {"sign", [](const Parameter& p) { return sign(p); }},
      {"silu", [](const Parameter& p) { return silu(p); }},
      {"sin", [](const Parameter& p) { return sin(p); }},
      {"softplus", [](const Parameter& p) { return softplus(p); }},
      {"sqrt", [](const Parameter& p) { return sqrt(p); }},
      {"square", [](const Parameter& p) { return square(p); }},
      {"stop_gradient", [](const Parameter& p) { return stop_gradient(p); }},
      {"tanh", [](const Parameter& p) { return tanh(p); }},
  };
  all.merge(std::map<std::string, Call, std::less<>>{
      {"add", [](const Parameter& p) { return add(p, 2.0); }},
      {"divide", [](const Parameter& p) { return divide(1, p); }},
      {"einsum", [](const Parameter& p) { return einsum("ij,jk->ik", p, p.value()); }},
      {"equal", [](const Parameter& p) { return equal(p, p); }},
      {"floor_divide", [](const Parameter& p) { return floor_divide(p, 2); }},
      {"greater", [](const Parameter& p) { return greater(p, 0.0); }},
      {"greater_equal", [](const Parameter& p) { return greater_equal(p, 0.0); }},
      {"less", [](const Parameter& p) { return less(p, 0.0); }},
      {"less_equal", [](const Parameter& p) { return less_equal(p, 0.0); }},
      {"matmul", [](const Parameter& p) { return matmul(p, p.value()); }},
      {"maximum", [](const Parameter& p) { return maximum(p, 0.0); }},
      {"minimum", [](const Parameter& p) { return minimum(0.0, p); }},
      {"multiply", [](const Parameter& p) { return multiply(p.value(), p); }},
      {"not_equal", [](const Parameter& p) { return not_equal(p, 0.0); }},
      {"pow", [](const Parameter& p) { return pow(p, 2.0); }},
      {"subtract", [](const Parameter& p) { return subtract(p, p); }},
      {"where", [](const Parameter& p) { return where(p, p, 0.0); }},
  });
  all.merge(std::map<std::string, Call, std::less<>>{
      {"broadcast_to", [](const Parameter& p) { return broadcast_to(p, {3, 2, 2}); }},
      {"cast", [](const Parameter& p) { return cast(p, p.dtype()); }},
      {"concatenate", [](const Parameter& p) { return concatenate({p, p}); }},
      {"log_softmax", [](const Parameter& p) { return log_softmax(p); }},
      {"log_sum_exp", [](const Parameter& p) { return log_sum_exp(p); }},
      {"max", [](const Parameter& p) { return max(p); }},
      {"mean", [](const Parameter& p) { return mean(p, {.axis = 1}); }},
      {"min", [](const Parameter& p) { return min(p); }},
      {"reshape", [](const Parameter& p) { return reshape(p, {-1}); }},
      {"slice", [](const Parameter& p) { return slice(p, {.stop = 1}); }},
      {"softmax", [](const Parameter& p) { return softmax(p); }},
      {"stack", [](const Parameter& p) { return stack({p, p}); }},
      {"stddev", [](const Parameter& p) { return stddev(p); }},
      {"sum", [](const Parameter& p) { return sum(p); }},
      {"sum_to", [](const Parameter& p) { return sum_to(p, p.shape()); }},
      {"transpose", [](const Parameter& p) { return transpose(p); }},
      {"variance", [](const Parameter& p) { return variance(p); }},
      {"binary_cross_entropy", [](const Parameter& p) { return binary_cross_entropy(p, p.value()); }},
      {"binary_cross_entropy_with_logits",
       [](const Parameter& p) { return binary_cross_entropy_with_logits(p, p.value()); }},
      {"categorical_cross_entropy", [](const Parameter& p) { return categorical_cross_entropy(p, p.value()); }},
      {"cross_entropy", [](const Parameter& p) { return cross_entropy(p, Tensor::from({0, 1}, {2})); }},
      {"mean_squared_error", [](const Parameter& p) { return mean_squared_error(p, p.value()); }},
  });
  all.merge(calls_on_images());
  return all;
}

}  // namespace

TEST_CASE("every operation of parameters alone says how to put one on a tape") {
  const auto all = calls();
  for (const samples::Case& sample : samples::cases()) {
    INFO(sample.sample->op);
    CHECK(all.contains(sample.sample->op));
  }
  const Parameter p{"W7", Tensor::ones({2, 2})};
  for (const auto& [name, call] : all) {
    INFO(name);
    CHECK_THROWS_AS(call(p), ValueError);
    CHECK_THROWS_WITH(call(p), ContainsSubstring(": no operand is on a tape; record one first: tape.parameter(W7)\n") &&
                                   ContainsSubstring("parameter \"W7\" (2, 2)") &&
                                   ContainsSubstring("\n  at unrecorded_test.cpp:"));
  }
}

TEST_CASE("an operator of parameters alone throws with the line where it stands") {
  const Parameter W{"W", Tensor::ones({3})};
  const Tensor t = Tensor::ones({3});
  const auto refuses = [](const auto& expression, const std::string& text, int line) {
    CHECK_THROWS_AS(expression(), ValueError);
    CHECK_THROWS_WITH(expression(), text + "\n  at unrecorded_test.cpp:" + std::to_string(line));
  };
  const std::string none = ": no operand is on a tape; record one first: tape.parameter(W)\n  operand 1: ";
  const std::string parameter = "parameter \"W\" (3)", number = "a number", tensor = "tensor (3)";
  refuses([&] { return 2.0 * W; }, "multiply" + none + number + "\n  operand 2: " + parameter, __LINE__);
  refuses([&] { return W * 2; }, "multiply" + none + parameter + "\n  operand 2: " + number, __LINE__);
  refuses([&] { return W + W; }, "add" + none + parameter + "\n  operand 2: " + parameter, __LINE__);
  refuses([&] { return W - t; }, "subtract" + none + parameter + "\n  operand 2: " + tensor, __LINE__);
  refuses([&] { return t / W; }, "divide" + none + tensor + "\n  operand 2: " + parameter, __LINE__);
  refuses([&] { return -W; }, "negate" + none + parameter, __LINE__);
}

TEST_CASE("tensors and numbers alone name all ways onto a tape, and a parameter without a name is called p") {
  CHECK_THROWS_WITH(add(Tensor::ones({2}), 1.0),
                    ContainsSubstring("add: no operand is on a tape; record one first: tape.constant, tape.variable or "
                                      "tape.parameter\n  operand 1: tensor (2)\n  operand 2: a number\n  at "
                                      "unrecorded_test.cpp:"));
  CHECK_THROWS_WITH(sigmoid(1.0),
                    ContainsSubstring("tape.constant, tape.variable or tape.parameter\n  operand 1: a number"));
  CHECK_THROWS_WITH(exp(Parameter{"", Tensor::ones({2})}), ContainsSubstring("record one first: tape.parameter(p)\n"));
}

TEST_CASE("a parameter beside what is on a tape is recorded there, on either side of an operator") {
  Tape tape;
  const Parameter W{"W", Tensor::full({2}, 3.0)};
  const Var x = tape.constant(Tensor::full({2}, 2.0)), w = tape.parameter(W);
  CHECK((W * x).value().at({1}) == 6.0);
  CHECK((x - W).value().at({1}) == -1.0);
  CHECK((W - x).value().at({1}) == 1.0);
  CHECK((W / x).value().at({1}) == 1.5);
  CHECK((2.0 * w + W).value().at({1}) == 9.0);
  CHECK((-w).value().at({1}) == -3.0);
}
