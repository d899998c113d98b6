// Activation: the function g in a = g(z) that a layer ends with, under its name, and what fits it: how the weights before
// it start, and the loss and the decision of a net that ends with it.
//
//   models::DeepNet net{{.layers = {784, 128, 10}, .hidden = Activation::relu, .output = Activation::softmax}};
//   models::DeepNet leaky{{.layers = {784, 128, 10}, .hidden = Activation::leaky_relu(0.2)}};
//
// One of your own is made of a name and a function:
//
//   const Activation mish{.name = "mish",
//                         .function = [](const Operand& z) { return z * tanh(softplus(z)); },
//                         .initializer = init::he()};
#pragma once

#include <functional>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>

#include <capstan/graph/var.hpp>
#include <capstan/models/decision.hpp>
#include <capstan/models/init.hpp>

namespace capstan {

struct Activation;

/// One of the library's activations, which converts to an Activation. It is a constant, so that nothing needs to run
/// before main; an object that holds a name and functions could not be one.
struct NamedActivation {
  Activation (*make)();

  operator Activation() const;
};

/// Activation::leaky_relu; with a number, `leaky_relu(0.2)`, it has another slope than 0.01 for z < 0.
struct NamedLeakyRelu : NamedActivation {
  /// Its name is "leaky_relu(0.2)". ValueError for a slope that is not finite.
  Activation operator()(double negative_slope, std::source_location where = std::source_location::current()) const;
};

namespace detail {

Activation make_identity();
Activation make_sigmoid();
Activation make_tanh();
Activation make_relu();
Activation make_leaky_relu();
Activation make_softmax();

}  // namespace detail

struct Activation {
  /// The name in summaries and files. It identifies the activation: two of the same name are equal.
  std::string name = {};
  /// Records g(z), of z's shape. It must work for every z on a tape.
  std::function<Var(const Operand& z)> function = {};
  /// How the weights of a layer that ends with it start; if empty, as init::xavier() says.
  init::Initializer initializer = {};
  /// Records the mean loss of a net whose last layer is z before the activation; if empty, the loss is the mean squared
  /// error of g(z) and y.
  std::function<Var(const Operand& z, const Operand& y)> loss = {};
  /// How outputs g(z) become answers.
  models::Decision decision = models::Decision::none;

  static constexpr NamedActivation identity{&detail::make_identity};
  static constexpr NamedActivation sigmoid{&detail::make_sigmoid};  ///< fits binary cross-entropy, decides at one half
  static constexpr NamedActivation tanh{&detail::make_tanh};
  static constexpr NamedActivation relu{&detail::make_relu};
  static constexpr NamedLeakyRelu leaky_relu{{&detail::make_leaky_relu}};
  static constexpr NamedActivation softmax{&detail::make_softmax};  ///< fits cross-entropy, decides for the largest

  /// Returns the library's activation of this name, "leaky_relu(0.2)" included, as files say it; none if there is none.
  static std::optional<Activation> find(std::string_view name);
};

/// True if the names are equal.
bool operator==(const Activation& a, const Activation& b) noexcept;

/// A = g(Z). The library's softmax is taken over axis 0, the classes. For identity the result is z itself.
///
/// Shape     z's. All but softmax take any rank; softmax takes (classes, m), or (classes) for one example.
/// Throws    ShapeError for softmax of another rank; ValueError for an activation without a function, and where z is not
///           on a tape; what g throws.
Var activate(const Operand& z, const Activation& activation,
             std::source_location where = std::source_location::current());

}  // namespace capstan
