// Names: what the parameters and buffers of a model are called in a file, where the file calls them otherwise.
//
//   io::load(net, "theirs.safetensors", {.names = io::torch_names()});
//   io::load(net, "theirs.safetensors", {.names = {{"in.W", "encoder.weight"}, {"in.b", "encoder.offset"}}});
#pragma once

#include <concepts>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <capstan/tensor/shape.hpp>

namespace capstan::io {

class Names {
 public:
  using NameInFile = std::function<std::string(std::string_view name)>;
  using ShapeInFile = std::function<Shape(std::string_view name, const Shape& shape)>;
  using PassesOver = std::function<bool(std::string_view name_in_file)>;

  /// As in the model.
  Names() = default;
  /// By a list of names of the model and of the file; those that it lacks are the same in both.
  Names(std::initializer_list<std::pair<const std::string, std::string>> list)
      : Names{std::map<std::string, std::string>{list}} {}
  Names(std::map<std::string, std::string> list);
  /// By a function of the model's name; one of the shape, which must have as many elements in the file; and one that says
  /// which tensors of a file have no place in the model and are passed over.
  template <std::convertible_to<NameInFile> F>
  Names(F name, ShapeInFile shape = {}, PassesOver passes_over = {})
      : name_{std::move(name)}, shape_{std::move(shape)}, passes_over_{std::move(passes_over)} {}

  /// The name and the shape that a parameter or buffer has in the file.
  std::string name_in_file(std::string_view name) const { return name_ ? name_(name) : std::string{name}; }
  Shape shape_in_file(std::string_view name, const Shape& shape) const { return shape_ ? shape_(name, shape) : shape; }
  /// Whether a tensor of the file need not be in the model.
  bool passes_over(std::string_view name_in_file) const { return passes_over_ && passes_over_(name_in_file); }

 private:
  NameInFile name_;
  ShapeInFile shape_;
  PassesOver passes_over_;
};

/// Options of the names of a PyTorch state_dict.
struct TorchNamesOptions {
  std::string prefix = {};  ///< in front of every name in the file, such as "model."
};

/// The names of a PyTorch state_dict. The last part of a name is translated: "W" and "w" are "weight", "b" is "bias", where
/// (n, 1) is (n) in the file; w (n, 1) of LogisticRegression is (1, n), as nn.Linear(n, 1) has it. "gamma" and "beta" are
/// "weight" and "bias", "running_variance" is "running_var"; "num_batches_tracked" is passed over. Layer l of a DeepNet – W1,
/// b1, W2, … – is layer 2·(l − 1) of an nn.Sequential of nn.Linear with an activation behind each: "0.weight", "0.bias",
/// "2.weight", …. All others stay.
Names torch_names(const TorchNamesOptions& options = {});

}  // namespace capstan::io
