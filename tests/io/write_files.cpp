// write_files FOLDER: a net and two archives, for another program to read.
#include <capstan/capstan.hpp>

using namespace capstan;

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::filesystem::path folder = argv[1];
  models::DeepNet net{{.layers = {2, 3, 1}, .seed = 1}};
  net.visit([](std::string_view name, Parameter& p) {
    p.assign(Tensor::full(p.shape(), name == "W1" ? 1.5 : name == "b1" ? -2.0 : name == "W2" ? 0.25 : 3.0));
  });
  io::save(net, folder / "net.safetensors", {.metadata = {{"accuracy", "0.5"}}});
  const io::NamedTensors arrays{{"counts", Tensor::from({1, 2, 3}, {3})},
                                {"grid", Tensor::from<double>({0.5, 1.5, 2.5, 3.5, 4.5, 5.5}, {2, 3})},
                                {"turned", Tensor::from<float>({1, 2, 3, 4, 5, 6}, {2, 3}).transpose()}};
  io::save_npz(folder / "arrays.npz", arrays);
  io::save_npz(folder / "deflated.npz", arrays, {.compress = true});
}
