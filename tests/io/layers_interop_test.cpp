// Layers of PyTorch's, read from its files: the same outputs, gradients and running statistics here.
#include <capstan/capstan.hpp>

#include <algorithm>
#include <cmath>
#include <string>

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

io::TensorFile open(const std::string& name) {
  return io::load_safetensors(std::filesystem::path{CAPSTAN_TEST_FILES} / (name + ".safetensors"));
}

template <class Layer>
void load(Layer& layer, const std::string& name) {
  io::load(layer, std::filesystem::path{CAPSTAN_TEST_FILES} / (name + ".safetensors"),
           {.names = io::torch_names({.prefix = "state."}), .allow_left_over = true});
}

/// Compares output and gradients with the file's, which has examples first where the layer has them last.
template <class Layer>
void check(Layer& layer, const std::string& name, const Pass& pass = {}, bool columns = false) {
  const io::TensorFile file = open(name);
  load(layer, name);
  const auto turned = [columns](const Tensor& x) { return columns ? x.transpose() : x; };
  Tape tape;
  const Var x = tape.variable(turned(file["input.0"]), "x");
  const Var y = models::Layer{layer}(x, pass);
  const Gradients d = tape.backward(sum(y * tape.constant(turned(file["cotangent.0"]))));
  CHECK(largest_difference(y.value(), turned(file["output.0"])) < 1e-12);
  CHECK(largest_difference(d[x], turned(file["input_gradient.0"])) < 1e-12);
  const io::Names names = io::torch_names({.prefix = "gradient."});
  for (const auto& [path, parameter] : named_parameters(layer)) {
    CAPTURE(path);
    CHECK(largest_difference(d[parameter], file[names.name_in_file(path)]) < 1e-12);
  }
}

}  // namespace

TEST_CASE("a BatchNorm2d of PyTorch's normalises by the batch, and its running statistics follow") {
  models::BatchNorm norm{{.features = 3, .dtype = DType::f64}};
  check(norm, "batch_norm2d_training", {.training = true});
  const io::TensorFile file = open("batch_norm2d_training");
  CHECK(largest_difference(norm.running_mean.value(), file["state_after.running_mean"]) < 1e-14);
  CHECK(largest_difference(norm.running_variance.value(), file["state_after.running_var"]) < 1e-14);
}

TEST_CASE("a BatchNorm2d of PyTorch's is evaluated by its running statistics, which stay") {
  models::BatchNorm norm{{.features = 3, .dtype = DType::f64}};
  check(norm, "batch_norm2d_evaluation");
  const io::TensorFile file = open("batch_norm2d_evaluation");
  CHECK(largest_difference(norm.running_mean.value(), file["state.running_mean"]) == 0.0);
  CHECK(largest_difference(norm.running_variance.value(), file["state.running_var"]) == 0.0);
}

TEST_CASE("GroupNorm and LayerNorm of PyTorch's give its outputs and gradients") {
  models::GroupNorm group{{.features = 6, .groups = 2, .dtype = DType::f64}};
  check(group, "group_norm");
  models::LayerNorm layer{{.features = 6, .dtype = DType::f64}};
  check(layer, "layer_norm", {}, true);
}

TEST_CASE("convolutions of PyTorch's give its outputs and gradients") {
  Rng rng{1};
  models::Conv1d signal{{.inputs = 4, .outputs = 6, .kernel = 3, .padding = 1, .dilation = 2, .dtype = DType::f64},
                        rng};
  check(signal, "conv1d");
  models::Conv2d image{{.inputs = 4,
                        .outputs = 6,
                        .kernel = {3, 2},
                        .stride = {2, 1},
                        .padding = {1, 0},
                        .groups = 2,
                        .dtype = DType::f64},
                       rng};
  check(image, "conv2d");
  models::Conv2d depthwise{{.inputs = 4, .outputs = 8, .kernel = 3, .padding = 1, .groups = 4, .dtype = DType::f64},
                           rng};
  check(depthwise, "conv2d_depthwise");
  models::Conv3d volume{{.inputs = 2, .outputs = 3, .kernel = 2, .stride = {1, 2, 1}, .dtype = DType::f64}, rng};
  check(volume, "conv3d");
  models::ConvTranspose2d transposed{
      {.inputs = 4, .outputs = 3, .kernel = 3, .stride = 2, .padding = 1, .output_padding = 1, .dtype = DType::f64},
      rng};
  check(transposed, "conv_transpose2d");
}
