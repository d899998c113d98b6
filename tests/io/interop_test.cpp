// What PyTorch wrote, and names as PyTorch has them.
#include <capstan/capstan.hpp>

#include "catch.hpp"
#include "data/files.hpp"
#include "same_bits.hpp"

using namespace capstan;

namespace {

const std::filesystem::path files = CAPSTAN_TEST_FILES;

double largest_difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  double most = 0.0;
  for (std::int64_t i = 0; i < a.shape()[0]; ++i) {
    for (std::int64_t j = 0; j < a.shape()[1]; ++j) most = std::max(most, std::fabs(a.at({i, j}) - b.at({i, j})));
  }
  return most;
}

}  // namespace

TEST_CASE("a Linear of PyTorch's gives its outputs and gradients here") {
  const io::TensorFile file = io::load_safetensors(files / "linear.safetensors");
  Rng rng{1};
  models::Linear layer{{.inputs = 5, .outputs = 3, .dtype = DType::f64}, rng};
  io::load(layer, files / "linear.safetensors",
           {.names = io::torch_names({.prefix = "state."}), .allow_left_over = true});
  Tape tape;
  const Var x = tape.variable(file["input.0"].transpose(), "x");
  const Var y = layer(x);
  const Gradients d = tape.backward(sum(y * tape.constant(file["cotangent.0"].transpose())));
  CHECK(largest_difference(y.value(), file["output.0"].transpose()) < 1e-14);
  CHECK(largest_difference(d[x], file["input_gradient.0"].transpose()) < 1e-14);
  CHECK(largest_difference(d[layer.W], file["gradient.weight"]) < 1e-14);
  CHECK(largest_difference(d[*layer.b], file["gradient.bias"].reshape({3, 1})) < 1e-14);
}

TEST_CASE("indices of PyTorch's are read as i32") {
  const io::TensorFile file = io::load_safetensors(files / "embedding.safetensors");
  CHECK(file["input.0"].dtype() == DType::i32);
  CHECK(file.metadata().at("module").find("Embedding") != std::string::npos);
}

TEST_CASE("names of PyTorch's stand for ours") {
  const io::Names names = io::torch_names({.prefix = "model."});
  CHECK(names.name_in_file("W1") == "model.0.weight");
  CHECK(names.name_in_file("b3") == "model.4.bias");
  CHECK(names.name_in_file("left.in.W") == "model.left.in.weight");
  CHECK(names.name_in_file("layers.0.b") == "model.layers.0.bias");
  CHECK(names.name_in_file("W") == "model.weight");
  CHECK(names.name_in_file("offset") == "model.offset");
  CHECK(names.name_in_file("W0") == "model.W0");
  CHECK(names.shape_in_file("layers.0.b", {4, 1}) == Shape{4});
  CHECK(names.shape_in_file("b2", {4, 1}) == Shape{4});
  CHECK(names.shape_in_file("w", {4, 1}) == Shape{1, 4});
  CHECK(names.shape_in_file("W1", {4, 1}) == Shape{4, 1});
}

TEST_CASE("a net saved under PyTorch's names has vectors for biases, and comes back") {
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "x";
  const models::DeepNet net{{.layers = {3, 4, 2}, .seed = 1}};
  io::save(net, file, {.names = io::torch_names()});
  const io::TensorFile found = io::load_safetensors(file);
  CHECK(found["0.bias"].shape() == Shape{4});
  CHECK(found["2.weight"].shape() == Shape{2, 4});
  models::DeepNet other{{.layers = {3, 4, 2}, .seed = 2}};
  io::load(other, file, {.names = io::torch_names()});
  CHECK(same_bits(other.W(1).value(), net.W(1).value()));
  const models::DeepNet again = io::load_deep_net(file, {.names = io::torch_names()});
  CHECK(same_bits(again.W(2).value(), net.W(2).value()));
}

TEST_CASE("every file of PyTorch's opens") {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator{files}) {
    if (entry.path().extension() != ".safetensors") continue;
    ++count;
    const io::TensorFile file = io::load_safetensors(entry.path());
    for (const auto& [name, type] : file.entries()) CHECK(file[name].shape() == type.shape);
  }
  CHECK(count >= 2);
}

TEST_CASE("names of PyTorch's stand for those of normalisations, and its counter is passed over") {
  const io::Names names = io::torch_names({.prefix = "net."});
  CHECK(names.name_in_file("1.gamma") == "net.1.weight");
  CHECK(names.name_in_file("1.beta") == "net.1.bias");
  CHECK(names.name_in_file("1.running_mean") == "net.1.running_mean");
  CHECK(names.name_in_file("1.running_variance") == "net.1.running_var");
  CHECK(names.passes_over("net.1.num_batches_tracked"));
  CHECK_FALSE(names.passes_over("net.1.weight"));
  CHECK_FALSE(io::Names{}.passes_over("num_batches_tracked"));
}
