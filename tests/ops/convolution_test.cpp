#include <capstan/ops/convolution.hpp>

#include <limits>

#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/einsum.hpp>
#include <capstan/ops/matmul.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "numbers.hpp"
#include "same_bits.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

namespace {

Tensor normal(const Shape& shape, std::uint64_t seed, DType dtype = DType::f64) {
  Rng rng{seed};
  return Tensor::normal(shape, rng, {.dtype = dtype});
}

double largest_difference(const Var& a, const Var& b) {
  REQUIRE(a.shape() == b.shape());
  const Numbers left = elements(a.value()), right = elements(b.value());
  double most = 0.0;
  for (std::size_t i = 0; i < left.size(); ++i) most = std::max(most, std::abs(left[i] - right[i]));
  return most;
}

}  // namespace

TEST_CASE("a convolution slides its kernel over an image") {
  Tape tape;
  const Var x = tape.constant(counting({1, 1, 3, 4}));
  const Var W = tape.constant(Tensor::from({1.0, 10.0, 100.0, 1000.0}, {1, 1, 2, 2}));
  const Var y = conv2d(x, W);
  CHECK(y.shape() == Shape{1, 1, 2, 3});
  CHECK(elements(y.value()) == Numbers{5410, 6521, 7632, 9854, 10965, 12076});
  CHECK(elements(conv2d(x, W, {.stride = 2}).value()) == Numbers{5410, 7632});
  CHECK(elements(conv2d(x, W, {.dilation = {1, 3}}).value()) == Numbers{0 + 30 + 400 + 7000, 4 + 70 + 800 + 11000});
  CHECK(elements(conv2d(x, W, {.stride = 3, .padding = 1}).value()) == Numbers{0, 3200, 80, 120});
  const Var b = tape.constant(Tensor::from({0.5}, {1}));
  CHECK(elements(conv2d(x, W, b, {.stride = 2}).value()) == Numbers{5410.5, 7632.5});
}

TEST_CASE("`same` padding keeps the extents, with an odd zero at the end") {
  Tape tape;
  const Var x = tape.constant(counting({1, 1, 4}));
  const Var two = tape.constant(Tensor::from({1.0, 10.0}, {1, 1, 2}));
  const Var three = tape.constant(Tensor::from({1.0, 10.0, 100.0}, {1, 1, 3}));
  CHECK(elements(conv1d(x, two, {.padding = same}).value()) == Numbers{10, 21, 32, 3});
  CHECK(elements(conv1d(x, three, {.padding = same}).value()) == Numbers{100, 210, 321, 32});
  CHECK(elements(conv1d(x, three, {.padding = same, .dilation = 2}).value()) == Numbers{200, 310, 20, 31});
  CHECK(
      conv2d(tape.constant(Tensor::zeros({2, 3, 5, 6})), tape.constant(Tensor::zeros({4, 3, 7, 2})), {.padding = same})
          .shape() == Shape{2, 4, 5, 6});
}

TEST_CASE("channels of a group see one another, and no others") {
  Tape tape;
  const Var x = tape.constant(normal({2, 4, 5, 5}, 1)), W = tape.constant(normal({6, 2, 3, 3}, 2));
  const Var whole = conv2d(x, W, {.groups = 2});
  for (const std::int64_t group : {0, 1}) {
    const Var of_x = slice(x, {.axis = 1, .start = 2 * group, .stop = 2 * group + 2});
    const Var of_W = slice(W, {.axis = 0, .start = 3 * group, .stop = 3 * group + 3});
    const Var part = slice(whole, {.axis = 1, .start = 3 * group, .stop = 3 * group + 3});
    CHECK(largest_difference(conv2d(of_x, of_W), part) < 1e-14);
  }
}

TEST_CASE("a convolution with one tap is a product of matrices") {
  Tape tape;
  const Var x = tape.variable(normal({3, 20, 6, 7}, 3)), W = tape.variable(normal({40, 20, 1, 1}, 4));
  const Var y = conv2d(x, W), product = einsum("oc,nchw->nohw", reshape(W, {40, 20}), x);
  CHECK(largest_difference(y, product) < 1e-13);
  const Var dy = tape.constant(normal({3, 40, 6, 7}, 5));
  CHECK(largest_difference(gradient(y, x, dy), gradient(product, x, dy)) < 1e-13);
  CHECK(largest_difference(gradient(y, W, dy), gradient(product, W, dy)) < 1e-13);
}

TEST_CASE("a convolution whose kernel is as large as the image is a product of matrices") {
  Tape tape;
  const Var x = tape.constant(normal({4, 3, 5, 6}, 6)), W = tape.constant(normal({7, 3, 5, 6}, 7));
  CHECK(largest_difference(reshape(conv2d(x, W), {4, 7}), matmul(reshape(x, {4, 90}), transpose(reshape(W, {7, 90})))) <
        1e-13);
}

TEST_CASE("a transposed convolution adds its kernel at each position") {
  Tape tape;
  const Var x = tape.constant(Tensor::from({1.0, 2.0, 3.0}, {1, 1, 3}));
  const Var W = tape.constant(Tensor::from({1.0, 10.0}, {1, 1, 2}));
  CHECK(elements(conv_transpose1d(x, W).value()) == Numbers{1, 12, 23, 30});
  CHECK(elements(conv_transpose1d(x, W, {.stride = 2}).value()) == Numbers{1, 10, 2, 20, 3, 30});
  CHECK(elements(conv_transpose1d(x, W, {.stride = 3, .output_padding = 2}).value()) ==
        Numbers{1, 10, 0, 2, 20, 0, 3, 30, 0, 0});
  CHECK(elements(conv_transpose1d(x, W, {.padding = 1}).value()) == Numbers{12, 23});
  CHECK(elements(conv_transpose1d(x, W, {.dilation = 3}).value()) == Numbers{1, 2, 3, 10, 20, 30});
}

TEST_CASE("a convolution takes Parameters and Tensors") {
  Tape tape;
  const Var x = tape.constant(counting({1, 1, 3, 4}));
  const Tensor taps = Tensor::from({1.0, 10.0, 100.0, 1000.0}, {1, 1, 2, 2}), half = Tensor::from({0.5}, {1});
  const Parameter W{"W", taps}, b{"b", half};
  CHECK(elements(conv2d(x, W, b, {.stride = 2}).value()) == Numbers{5410.5, 7632.5});
  CHECK(elements(conv2d(x, taps, half, {.stride = 2}).value()) == Numbers{5410.5, 7632.5});
  CHECK(elements(conv2d(x, W, {.stride = 2}).value()) == Numbers{5410, 7632});
  const Var on_tape = tape.constant(half);
  CHECK(elements(conv2d(counting({1, 1, 3, 4}), W, on_tape, {.stride = 2}).value()) == Numbers{5410.5, 7632.5});
  const Gradients d = tape.backward(sum(conv2d(x, W, b)));
  CHECK(elements(d[b]) == Numbers{6});
  CHECK(elements(d[W]) == Numbers{18, 24, 42, 48});
}

TEST_CASE("operands of any layout are taken") {
  Tape tape;
  const Var x = tape.variable(normal({6, 5, 3, 2}, 8)), W = tape.variable(normal({3, 3, 3, 4}, 9));
  const Var seen = transpose(x), flipped = transpose(W, {3, 1, 2, 0});
  const Var y = conv2d(seen, flipped);
  const Var again = conv2d(tape.constant(seen.value().copy()), tape.constant(flipped.value().copy()));
  CHECK(y.shape() == Shape{2, 4, 3, 4});
  CHECK(same_bits(y.value(), again.value()));
}

TEST_CASE("a tap in the padding contributes nothing where its weight is infinite, in gradients too") {
  const double infinity = std::numeric_limits<double>::infinity();
  Tape tape;
  const Var x = tape.variable(Tensor::from({1.0, 2.0, 3.0, 4.0}, {1, 1, 4}));
  const Var W = tape.variable(Tensor::from({infinity, 1.0, 1.0}, {1, 1, 3}));
  const Var y = conv1d(x, W, {.padding = 1});
  CHECK(elements(y.value()) == Numbers{3, infinity, infinity, infinity});
  const Var dy = tape.constant(Tensor::from({infinity, 1.0, 1.0, 1.0}, {1, 1, 4}));
  CHECK(elements(gradient(y, W, dy).value()) == Numbers{6, infinity, infinity});
}

TEST_CASE("a convolution that repeats itself gives the same bits, eager as well") {
  const Tensor images = normal({4, 3, 9, 9}, 10, DType::f32), weights = normal({5, 3, 3, 3}, 11, DType::f32);
  Tape tape, eager{{.eager = true}};
  const auto loss = [&](Tape& on) {
    const Var x = on.variable(images), W = on.variable(weights);
    const Var y = conv2d(x, W, {.stride = 2, .padding = 1});
    return gradient(sum(square(y)), W).value().copy();
  };
  const Tensor first = loss(tape), at_once = loss(eager);
  tape.rewind();
  CHECK(same_bits(first, loss(tape)));
  CHECK(same_bits(first, at_once));
}

TEST_CASE("a refused convolution says why and leaves no trace") {
  Tape tape;
  const Var x = tape.variable(Tensor::zeros({2, 4, 5, 6}), "x"), W = tape.variable(Tensor::zeros({6, 4, 3, 3}), "W");
  const Var b = tape.variable(Tensor::zeros({6}), "b"), wide = tape.variable(Tensor::zeros({6}, DType::f64), "c");
  const Var whole = tape.constant(Tensor::zeros({1, 1, 3, 3}, DType::i32));
  const std::size_t before = tape.size();
  const auto refuses = [&](const ConvOptions& options, const char* rule) {
    CHECK_THROWS_WITH(conv2d(x, W, b, options), ContainsSubstring(rule) &&
                                                    ContainsSubstring("x: variable \"x\" (2, 4, 5, 6)") &&
                                                    ContainsSubstring("W: variable \"W\" (6, 4, 3, 3)") &&
                                                    ContainsSubstring("convolution_test.cpp:"));
    CHECK_THROWS_AS(conv2d(x, W, options), Error);
  };
  refuses({.stride = 0}, "conv2d: stride must be at least 1, got (0, 0)");
  refuses({.stride = {1, -2}}, "stride must be at least 1, got (1, -2)");
  refuses({.dilation = 0}, "dilation must be at least 1, got (0, 0)");
  refuses({.padding = {0, -1}}, "padding must be at least 0, got (0, -1)");
  refuses({.stride = {1, 2, 3}}, "stride must be one number, or 2 for the spatial axes, got 3: (1, 2, 3)");
  refuses({.stride = 2, .padding = same}, "padding can be `same` only with a stride of 1, got (2, 2)");
  refuses({.groups = 0}, "groups must be at least 1, got 0");
  refuses({.groups = 3}, "groups must divide the channels of x and the outputs of W, got 3 groups, 4 channels and 6");
  refuses({.groups = 2}, "channels of x must be the inputs of W times groups, got 4 and 4 · 2");
  refuses({.dilation = {3, 1}},
          "the kernel must fit the padded x, got 3 taps that reach 7 elements for 5 + 2 · 0 along axis 2");
  refuses({.dilation = {1, std::int64_t{1} << 62}}, "must reach less than 2^55 elements");
  refuses({.padding = std::int64_t{1} << 30}, "images with their padding must have fewer than 2^55 elements");
  CHECK_THROWS_AS(conv2d(x, W, {.stride = 0}), ValueError);
  CHECK_THROWS_AS(conv2d(x, W, {.groups = 3}), ShapeError);
  CHECK_THROWS_WITH(conv1d(x, W),
                    ContainsSubstring("conv1d: x must be (examples, channels, length), got (2, 4, 5, 6)"));
  CHECK_THROWS_WITH(conv2d(x, b), ContainsSubstring("W must have 4 axes, of channels and taps, got (6)"));
  CHECK_THROWS_WITH(conv2d(x, W, W), ContainsSubstring("b must have shape (6), an element for each output, got (6, 4"));
  CHECK_THROWS_AS(conv2d(x, W, 1.0), ShapeError);
  CHECK_THROWS_WITH(conv2d(x, W, wide), ContainsSubstring("b must have the dtype of x and W, got f64 and f32"));
  CHECK_THROWS_AS(conv2d(x, Tensor::zeros({6, 4, 3, 3}, DType::f64)), DTypeError);
  CHECK_THROWS_AS(conv2d(whole, whole), DTypeError);
  CHECK_THROWS_WITH(conv2d(x, Tensor::zeros({6, 4, 0, 3})), ContainsSubstring("W must have no axis of extent 0"));
  CHECK_THROWS_WITH(conv2d(Tensor::zeros({2, 4, 0, 6}), W), ContainsSubstring("x must have elements along axis 2"));
  CHECK(tape.size() == before);
}

TEST_CASE("a refused transposed convolution says why and leaves no trace") {
  Tape tape;
  const Var x = tape.variable(Tensor::zeros({2, 4, 5, 6}), "x"), W = tape.variable(Tensor::zeros({4, 3, 3, 3}), "W");
  const std::size_t before = tape.size();
  const auto refuses = [&](const ConvTransposeOptions& options, const char* rule) {
    CHECK_THROWS_WITH(conv_transpose2d(x, W, options),
                      ContainsSubstring(rule) && ContainsSubstring("x: variable \"x\" (2, 4, 5, 6)"));
  };
  refuses({.output_padding = 1}, "output_padding must be less than the stride, got (1, 1) and (1, 1)");
  refuses({.stride = 2, .output_padding = {0, -1}}, "output_padding must be at least 0, got (0, -1)");
  refuses({.padding = 4}, "the result must have elements, got -1 along axis 2: (5 − 1) · 1 − 2 · 4 + 3 + 0");
  refuses({.groups = 3}, "groups must divide the channels of x, got 3 and 4");
  refuses({.stride = std::int64_t{1} << 60}, "must reach less than 2^55 elements");
  CHECK_THROWS_WITH(conv_transpose2d(x, Tensor::zeros({3, 3, 3, 3})),
                    ContainsSubstring("channels of x must be the first extent of W, got 4 and 3"));
  CHECK(tape.size() == before);
}

TEST_CASE("weight and bias of a convolution may be parameters") {
  Rng rng{1};
  const Parameter W{"W", Tensor::normal({4, 3, 2, 2}, rng)}, b{"b", Tensor::normal({4}, rng)};
  Tape tape;
  const Var x = tape.constant(Tensor::normal({2, 3, 5, 4}, rng));
  const Var y = conv2d(x, tape.parameter(W), tape.parameter(b));
  CHECK(same_bits(conv2d(x, W, b).value(), y.value()));
  CHECK(tape.backward(sum(conv2d(x, W, b))).entries().size() == 2);
}
