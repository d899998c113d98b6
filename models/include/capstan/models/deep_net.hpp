// DeepNet: L dense layers one after the other, A^[l] = g^[l](W^[l]·A^[l−1] + b^[l]) with A^[0] = X. The input is layer
// 0 and is not counted, so {n_x, n1, n2} is a net of two layers.
//
//   models::DeepNet net{{.layers = {784, 128, 64, 10}, .output = Activation::softmax, .seed = 1}};
//   const Var cost = net.cost(tape.constant(batch.x), batch.y);
#pragma once

#include <cstdint>
#include <source_location>
#include <vector>

#include <capstan/graph/parameter.hpp>
#include <capstan/graph/var.hpp>
#include <capstan/models/activation.hpp>
#include <capstan/models/decision.hpp>
#include <capstan/models/init.hpp>
#include <capstan/tensor/tensor.hpp>

namespace capstan::models {

/// The layers of a net, and how it starts.
struct DeepNetOptions {
  std::vector<std::int64_t> layers = {};  ///< n^[0] = n_x, n^[1], …, n^[L]; must be given
  Activation hidden = Activation::relu;   ///< of layers 1 … L−1
  Activation output = Activation::sigmoid;
  std::vector<Activation> activations = {};  ///< one for each of layers 1 … L, in place of hidden and output
  /// The initializer of every W; every b starts at 0. If empty, the one that the layer's activation names: init::he() for
  /// relu and leaky_relu, init::xavier() for the library's others.
  init::Initializer init = {};
  std::uint64_t seed = 0;  ///< each layer has random numbers of its own
  DType dtype = DType::f32;
};

class DeepNet {
 public:
  /// Throws    ValueError for fewer than two entries in layers, an entry below 1, a list of activations that is not as
  ///           long as there are layers, an activation without name or function, and softmax before the last layer or
  ///           over one unit; ShapeError, DTypeError if the initializer gives another shape or dtype; DTypeError for
  ///           i32.
  explicit DeepNet(const DeepNetOptions& options, std::source_location where = std::source_location::current());

  /// A^[L], of shape (n^[L], m), for x (n_x, m): probabilities where the output is sigmoid or softmax.
  ///
  /// Throws    ShapeError for an x of another rank than 2, so that one example is (n_x, 1), or with other rows;
  ///           DTypeError as matmul; ValueError where x is not on a tape.
  Var operator()(const Operand& x) const;
  /// Z^[L], of shape (n^[L], m): before the output's activation. Takes and throws as operator().
  Var logits(const Operand& x) const;
  /// J, the mean loss that fits the output's activation: cross-entropy for softmax, with y labels (m) of i32 or
  /// probabilities (n^[L], m); binary cross-entropy for sigmoid; for others their own, or the mean squared error if they
  /// have none; with y of the output's shape.
  /// Takes x as operator(); throws as it does, and what the loss throws for a y that does not fit.
  Var cost(const Operand& x, const Operand& y) const;
  /// The net's answer for each example, without a tape: decide(A^[L], decision()). For softmax the class of the largest
  /// output, (m) of i32, or −1 where an output is NaN; for sigmoid 1 where A^[L] > 0.5 and 0 elsewhere, of shape
  /// (n^[L], m), or NaN where it is NaN; for all others A^[L] itself. Takes and throws as operator().
  Tensor predict(const Tensor& x, std::source_location where = std::source_location::current()) const;
  /// How outputs become answers, by the output's activation: largest for softmax, above_half for sigmoid, none for the
  /// library's others.
  Decision decision() const noexcept;

  /// L, the number of layers.
  std::int64_t depth() const noexcept { return static_cast<std::int64_t>(layers_.size()); }
  /// W^[l], b^[l] and g^[l] of layer l in 1 … L. IndexError outside.
  const Parameter& W(std::int64_t layer, std::source_location where = std::source_location::current()) const&;
  Parameter W(std::int64_t layer, std::source_location where = std::source_location::current()) const&& {
    return W(layer, where);
  }
  const Parameter& b(std::int64_t layer, std::source_location where = std::source_location::current()) const&;
  Parameter b(std::int64_t layer, std::source_location where = std::source_location::current()) const&& {
    return b(layer, where);
  }
  const Activation& activation(std::int64_t layer, std::source_location where = std::source_location::current()) const&;
  Activation activation(std::int64_t layer, std::source_location where = std::source_location::current()) const&& {
    return activation(layer, where);
  }
  /// The options that the net was made of, with the list of activations filled in.
  const DeepNetOptions& options() const& noexcept { return options_; }
  DeepNetOptions options() const&& { return options_; }

  /// Shows W1, b1, W2, b2, …
  template <class Visitor>
  void visit(Visitor&& v) {
    for (Layer& layer : layers_) {
      v(layer.W.name(), layer.W);
      v(layer.b.name(), layer.b);
    }
  }

 private:
  struct Layer {
    Parameter W;  // (n^[l], n^[l−1])
    Parameter b;  // (n^[l], 1)
  };
  const Layer& layer(std::int64_t number, const std::source_location& where) const;
  [[noreturn]] void refuse_layer(std::int64_t number, const std::source_location& where) const;
  Var record_logits(const Operand& x) const;  // within a Composite

  DeepNetOptions options_;
  std::vector<Layer> layers_;  // layer l at position l − 1
};

}  // namespace capstan::models
