// Sequential: layers and functions one after the other.
//
//   models::Sequential net{models::Linear{{.inputs = 784, .outputs = 128, .init = init::he()}, rng}, relu,
//                          models::Linear{{.inputs = 128, .outputs = 10}, rng}};
//   const Var logits = net(x, pass);
//
// It holds what a Layer holds, other Sequentials included; `add` appends in a loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <capstan/graph/var.hpp>
#include <capstan/models/layer.hpp>
#include <capstan/models/pass.hpp>

namespace capstan::models {

class Sequential {
 public:
  /// Without layers, it gives its operand back.
  Sequential() = default;
  /// Copies the layers; given one Sequential alone, it is a copy of that.
  Sequential(std::initializer_list<Layer> layers) : layers_(layers) {
    if (layers_.size() == 1 && layers_[0].get_if<Sequential>() != nullptr) {
      std::vector<Layer> inner = std::move(layers_[0].get_if<Sequential>()->layers_);
      layers_ = std::move(inner);
    }
  }

  /// Appends a layer.
  Sequential& add(Layer layer) & {
    layers_.push_back(std::move(layer));
    return *this;
  }

  std::size_t size() const noexcept { return layers_.size(); }
  std::span<const Layer> layers() const noexcept { return layers_; }
  /// IndexError unless i is one of 0 … size() − 1.
  Layer& at(std::int64_t i, std::source_location where = std::source_location::current());

  /// The value of the last layer. Each is given the value of the one before, and the Pass if it takes one.
  ///
  /// Throws    what the layers throw; ValueError where x is not on a tape. Nothing is recorded then.
  Var operator()(const Operand& x, const Pass& pass) const;

  /// Shows the layers by their positions, "0", "1", …: functions count, as in PyTorch, and show nothing.
  template <class Visitor>
  void visit(Visitor&& v) {
    for (std::size_t i = 0; i < layers_.size(); ++i) v(std::to_string(i), layers_[i]);
  }

 private:
  std::vector<Layer> layers_;
};

/// A shortcut around layers: y = x + f(x), or P(x) + f(x) with a projection P where f changes the shape.
///
///   models::Residual block{models::Sequential{models::Linear{{.inputs = 8, .outputs = 8}, rng}, relu}};
///
/// Source    He et al., CVPR (2016).
struct Residual {
  Layer inner;
  std::optional<Layer> projection = {};

  /// Throws    ShapeError where the two summands differ in shape: a shortcut never broadcasts; what the layers throw;
  ///           ValueError where x is not on a tape. Nothing is recorded then.
  Var operator()(const Operand& x, const Pass& pass) const;

  /// Shows "inner" and "projection".
  template <class Visitor>
  void visit(Visitor&& v) {
    v("inner", inner);
    v("projection", projection);
  }
};

}  // namespace capstan::models
