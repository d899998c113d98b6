// Conv1d, Conv2d, Conv3d, ConvTranspose2d: shapes of weights, how they start, and what is refused.
#include <capstan/models/convolution.hpp>

#include <cmath>

#include <capstan/graph/tape.hpp>
#include <capstan/models/normalisation.hpp>
#include <capstan/models/sequential.hpp>
#include <capstan/models/summary.hpp>
#include <capstan/ops.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"
#include "counting_new.hpp"
#include "same_bits.hpp"

using namespace capstan;

TEST_CASE("weights of convolutions have PyTorch's shapes, biases start at 0") {
  Rng rng{1};
  const models::Conv1d signal{{.inputs = 4, .outputs = 6, .kernel = 3}, rng};
  const models::Conv2d image{{.inputs = 4, .outputs = 6, .kernel = {3, 5}, .groups = 2}, rng};
  const models::Conv3d volume{{.inputs = 2, .outputs = 3, .kernel = 2, .bias = false}, rng};
  const models::ConvTranspose2d up{{.inputs = 4, .outputs = 6, .kernel = 2, .stride = 2, .groups = 2}, rng};
  CHECK(signal.W.shape() == Shape{6, 4, 3});
  CHECK(image.W.shape() == Shape{6, 2, 3, 5});
  CHECK(volume.W.shape() == Shape{3, 2, 2, 2, 2});
  CHECK(up.W.shape() == Shape{4, 3, 2, 2});
  CHECK(same_bits(image.b->value(), Tensor::zeros({6})));
  CHECK_FALSE(volume.b);
  Tape tape;
  CHECK(signal(tape.constant(Tensor::ones({2, 4, 7}))).shape() == Shape{2, 6, 5});
  CHECK(image(tape.constant(Tensor::ones({2, 4, 7, 9}))).shape() == Shape{2, 6, 5, 5});
  CHECK(volume(tape.constant(Tensor::ones({2, 2, 4, 4, 4}))).shape() == Shape{2, 3, 3, 3, 3});
  CHECK(up(tape.constant(Tensor::ones({2, 4, 3, 3}))).shape() == Shape{2, 6, 6, 6});
}

TEST_CASE("a layer records what its op does with its weight and bias") {
  Rng rng{1};
  const models::Conv2d conv{
      {.inputs = 3, .outputs = 4, .kernel = {3, 2}, .stride = {2, 1}, .padding = {1, 0}, .init = init::normal(1.0)},
      rng};
  Tape tape;
  const Var x = tape.constant(Tensor::normal({2, 3, 6, 5}, rng));
  const Var y = conv2d(x, conv.W, *conv.b, {.stride = {2, 1}, .padding = {1, 0}});
  CHECK(same_bits(conv(x).value(), y.value()));
  const models::Conv2d wide{{.inputs = 3, .outputs = 4, .kernel = 3, .padding = same}, rng};
  CHECK(wide(x).shape() == Shape{2, 4, 6, 5});
}

TEST_CASE("impossible sizes of convolutions are refused by name") {
  using Catch::StartsWith;
  Rng rng{1};
  using Options = models::ConvLayerOptions;
  const auto conv = [&](const Options& options) { return models::Conv2d{options, rng}; };
  CHECK_THROWS_WITH(conv({.outputs = 4, .kernel = 3}), StartsWith("Conv2d: inputs must be at least 1, got 0"));
  CHECK_THROWS_WITH(conv({.inputs = 3, .outputs = 4}),
                    StartsWith("Conv2d: kernel must be one number or one for each of 2 spatial axes, got 0"));
  CHECK_THROWS_WITH(conv({.inputs = 3, .outputs = 4, .kernel = {3, 3, 3}}), StartsWith("Conv2d: kernel must be one"));
  CHECK_THROWS_WITH(conv({.inputs = 3, .outputs = 4, .kernel = {3, 0}}),
                    StartsWith("Conv2d: kernel must be at least 1, got 0"));
  CHECK_THROWS_WITH(conv({.inputs = 4, .outputs = 6, .kernel = 3, .groups = 4}),
                    StartsWith("Conv2d: groups must divide inputs and outputs, got 4 for 4 and 6"));
  CHECK_THROWS_AS(conv({.inputs = 4, .outputs = 6, .kernel = 3, .groups = 0}), ValueError);
  CHECK_THROWS_AS(conv({.inputs = 4, .outputs = 6, .kernel = 3, .dtype = DType::i32}), DTypeError);
  CHECK_THROWS_AS(conv({.inputs = 4, .outputs = 6, .kernel = 3, .init = {}}), ValueError);
  CHECK_THROWS_WITH((models::ConvTranspose2d{{.inputs = 3, .outputs = 4, .kernel = 2, .groups = 2}, rng}),
                    StartsWith("ConvTranspose2d: groups must divide"));
  Tape tape;
  const models::Conv2d fine = conv({.inputs = 3, .outputs = 4, .kernel = 3});
  const Var x = tape.constant(Tensor::ones({1, 2, 5, 5}));
  CHECK_THROWS_AS(fine(x), ShapeError);
  CHECK(tape.size() == 1);
}

TEST_CASE("a small residual net of images trains in steps that allocate nothing, and its summary counts") {
  Rng rng{1};
  const models::ConvLayerOptions same_size{.inputs = 4, .outputs = 4, .kernel = 3, .padding = 1, .bias = false};
  const models::Sequential net{
      models::Conv2d{{.inputs = 1, .outputs = 4, .kernel = 3, .padding = 1}, rng},
      models::Residual{models::Sequential{models::Conv2d{same_size, rng}, models::BatchNorm{{.features = 4}}, relu}}};
  CHECK(models::summary(net, {2, 1, 6, 6}) ==
        "layer      shape         parameters  multiply-adds\n"
        "(input)    (2, 1, 6, 6)\n"
        "0          (2, 4, 6, 6)          40          2,592\n"
        "1.inner.0  (2, 4, 6, 6)         144         10,368\n"
        "1.inner.1  (2, 4, 6, 6)           8              0\n"
        "total      (2, 4, 6, 6)         192         12,960");
  const Tensor given = Tensor::normal({2, 1, 6, 6}, rng);
  Tape tape;
  int last = 0;
  for (int step = 1; step <= 12; ++step) {
    const std::uint64_t before = counting_new::calls();
    tape.rewind();
    const Gradients d = tape.backward(mean(square(net(tape.constant(given), {.training = true}) - 1.0)));
    if (counting_new::calls() != before) last = step;
  }
  if (counting_new::works) CHECK(last <= 2);
}
