// Convolutions of PyTorch's: their outputs and gradients in double.
#include <functional>

#include <capstan/capstan.hpp>

#include "catch.hpp"

using namespace capstan;

namespace {

double largest_difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  const Tensor left = a.copy(), right = b.copy();
  double most = 0.0;
  for (std::size_t i = 0; i < left.data<double>().size(); ++i) {
    most = std::max(most, std::fabs(left.data<double>()[i] - right.data<double>()[i]));
  }
  return most;
}

using Convolution = std::function<Var(const Var& x, const Var& W, const Var& b)>;

void check(const std::string& name, const Convolution& convolution) {
  INFO(name);
  const io::TensorFile file = io::load_safetensors(std::filesystem::path{CAPSTAN_TEST_FILES} / (name + ".safetensors"));
  Tape tape;
  const Var x = tape.variable(file["input.0"], "x");
  const Var W = tape.variable(file["state.weight"], "W"), b = tape.variable(file["state.bias"], "b");
  const Var y = convolution(x, W, b);
  const Gradients d = tape.backward(sum(y * tape.constant(file["cotangent.0"])));
  CHECK(largest_difference(y.value(), file["output.0"]) < 1e-13);
  CHECK(largest_difference(d[x], file["input_gradient.0"]) < 1e-13);
  CHECK(largest_difference(d[W], file["gradient.weight"]) < 1e-12);
  CHECK(largest_difference(d[b], file["gradient.bias"]) < 1e-12);
}

}  // namespace

TEST_CASE("convolutions of PyTorch's give their outputs and gradients here") {
  check("conv1d",
        [](const Var& x, const Var& W, const Var& b) { return conv1d(x, W, b, {.padding = 1, .dilation = 2}); });
  check("conv2d", [](const Var& x, const Var& W, const Var& b) {
    return conv2d(x, W, b, {.stride = {2, 1}, .padding = {1, 0}, .groups = 2});
  });
  check("conv2d_depthwise",
        [](const Var& x, const Var& W, const Var& b) { return conv2d(x, W, b, {.padding = 1, .groups = 4}); });
  check("conv3d", [](const Var& x, const Var& W, const Var& b) { return conv3d(x, W, b, {.stride = {1, 2, 1}}); });
  check("conv_transpose2d", [](const Var& x, const Var& W, const Var& b) {
    return conv_transpose2d(x, W, b, {.stride = 2, .padding = 1, .output_padding = 1});
  });
}
