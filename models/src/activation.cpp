#include <capstan/models/activation.hpp>

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include <capstan/graph/op.hpp>
#include <capstan/ops/activations.hpp>
#include <capstan/ops/losses.hpp>
#include <capstan/ops/softmax.hpp>
#include <capstan/tensor/error.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan {

namespace {

constexpr double usual_slope = 0.01;

Activation make_leaky(std::string name, double negative_slope) {
  return {
      .name = std::move(name),
      .function = [negative_slope](const Operand& z) { return leaky_relu(z, {.slope = negative_slope}, z.where()); },
      .initializer = init::he()};
}

/// Softmax over axis 0. In a stack of matrices, which matmul makes, the classes are on another axis.
Var over_classes(const Operand& z) {
  if (const Shape& shape = z.shape(); shape.rank() != 1 && shape.rank() != 2) {
    const std::string rule =
        fmt::format("softmax needs z (classes, m), or (classes) for one example, got {}", to_string(shape));
    throw ShapeError{refusal("activate", rule, {{"z", z}}, z.where())};
  }
  return softmax(z, {}, z.where());
}

/// Reads the slope in "leaky_relu(0.2)".
std::optional<double> slope_in(std::string_view name) {
  constexpr std::string_view before = "leaky_relu(", after = ")";
  if (!name.starts_with(before) || !name.ends_with(after)) return std::nullopt;
  name.remove_prefix(before.size());
  name.remove_suffix(after.size());
  double slope = 0.0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), slope);
  const bool whole = error == std::errc{} && end == name.data() + name.size() && std::isfinite(slope);
  return whole ? std::optional{slope} : std::nullopt;
}

}  // namespace

namespace detail {

Activation make_identity() {
  return {.name = "identity", .function = [](const Operand& z) { return z.var(); }};
}

Activation make_sigmoid() {
  return {
      .name = "sigmoid",
      .function = [](const Operand& z) { return sigmoid(z, z.where()); },
      .loss = [](const Operand& z, const Operand& y) { return binary_cross_entropy_with_logits(z, y, {}, z.where()); },
      .decision = models::Decision::above_half};
}

Activation make_tanh() {
  return {.name = "tanh", .function = [](const Operand& z) { return tanh(z, z.where()); }};
}

Activation make_relu() {
  return {
      .name = "relu", .function = [](const Operand& z) { return relu(z, {}, z.where()); }, .initializer = init::he()};
}

Activation make_leaky_relu() { return make_leaky("leaky_relu", usual_slope); }

Activation make_softmax() {
  return {.name = "softmax",
          .function = over_classes,
          .loss = [](const Operand& z, const Operand& y) { return cross_entropy(z, y, {}, z.where()); },
          .decision = models::Decision::largest};
}

}  // namespace detail

NamedActivation::operator Activation() const { return make(); }

Activation NamedLeakyRelu::operator()(double negative_slope, std::source_location where) const {
  if (!std::isfinite(negative_slope)) {
    throw ValueError{fmt::format("Activation::leaky_relu: negative_slope must be finite, got {}\n  at {}",
                                 negative_slope, place(where))};
  }
  if (negative_slope == usual_slope) return *this;
  return make_leaky(fmt::format("leaky_relu({})", negative_slope), negative_slope);
}

std::optional<Activation> Activation::find(std::string_view name) {
  constexpr std::array<NamedActivation, 6> all{identity, sigmoid, tanh, relu, leaky_relu, softmax};
  for (const NamedActivation& known : all) {
    Activation activation = known;
    if (activation.name == name) return activation;
  }
  if (const std::optional<double> slope = slope_in(name)) return leaky_relu(*slope);
  return std::nullopt;
}

bool operator==(const Activation& a, const Activation& b) noexcept { return a.name == b.name; }

Var activate(const Operand& z, const Activation& activation, std::source_location where) {
  if (z.kind() != Operand::Kind::var) {
    throw ValueError{refusal("activate", "z must be on a tape", {{"z", z}}, where)};
  }
  if (!activation.function) {
    throw ValueError{
        refusal("activate", fmt::format("the activation \"{}\" has no function", activation.name), {{"z", z}}, where)};
  }
  const Composite composite{"activate", {&z}, where};
  return activation.function({z.var(), where});
}

}  // namespace capstan
