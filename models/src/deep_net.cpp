#include <capstan/models/deep_net.hpp>

#include <string>

#include <fmt/format.h>

#include <capstan/graph/op.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/losses.hpp>
#include <capstan/ops/matmul.hpp>
#include <capstan/tensor/error.hpp>

#include <capstan/tensor/engine.hpp>
#include "first_value.hpp"
#include "input_checks.hpp"

namespace capstan::models {

namespace {

[[noreturn]] void refuse(const std::string& rule, const std::source_location& where) {
  throw ValueError{fmt::format("DeepNet: {}\n  at {}", rule, place(where))};
}

void check_layers(const std::vector<std::int64_t>& layers, const std::source_location& where) {
  const auto list = [&] { return fmt::format("{{{}}}", fmt::join(layers, ", ")); };
  if (layers.size() < 2) refuse(fmt::format("layers must be {{n_x, n1, …}}, at least two, got {}", list()), where);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    if (layers[l] >= 1) continue;
    refuse(fmt::format("layer {} must have at least 1 unit, got {} in {}", l, layers[l], list()), where);
  }
}

void check_activations(const DeepNetOptions& options, const std::source_location& where) {
  const std::size_t depth = options.layers.size() - 1;
  const std::vector<Activation>& list = options.activations;
  if (list.size() != depth) {
    refuse(fmt::format("activations must have one entry for each of {} layers, got {}", depth, list.size()), where);
  }
  for (std::size_t l = 1; l <= depth; ++l) {
    const Activation& activation = list[l - 1];
    if (activation.name.empty()) refuse(fmt::format("the activation of layer {} has no name", l), where);
    if (!activation.function) {
      refuse(fmt::format("the activation \"{}\" of layer {} has no function", activation.name, l), where);
    }
    if (activation != Activation::softmax) continue;
    if (l < depth) refuse(fmt::format("softmax is for the last layer, got it in layer {} of {}", l, depth), where);
    if (options.layers[l] < 2) {
      refuse(fmt::format("softmax needs at least 2 units, got {} in layer {}; for two classes in one unit there is "
                         "sigmoid",
                         options.layers[l], l),
             where);
    }
  }
}

/// Returns the options after checking them, with the list of activations filled in.
DeepNetOptions complete(DeepNetOptions options, const std::source_location& where) {
  check_layers(options.layers, where);
  if (options.activations.empty()) {
    options.activations.assign(options.layers.size() - 1, options.hidden);
    options.activations.back() = options.output;
  }
  check_activations(options, where);
  check_dtype("DeepNet", options.dtype, where);
  return options;
}

/// The initializer of a layer if the options have none.
init::Initializer fitting(const Activation& activation) {
  return activation.initializer ? activation.initializer : init::xavier();
}

}  // namespace

DeepNet::DeepNet(const DeepNetOptions& options, std::source_location where) : options_{complete(options, where)} {
  const std::vector<std::int64_t>& n = options_.layers;
  for (std::size_t l = 1; l < n.size(); ++l) {
    // A stream of its own: a layer starts the same whatever the sizes of those before it.
    Rng rng{options_.seed, l};
    const std::string w = fmt::format("W{}", l);
    const init::Initializer init = options_.init ? options_.init : fitting(options_.activations[l - 1]);
    const Shape shape{{n[l], n[l - 1]}, where};
    Tensor value = first_value("DeepNet", w, init, shape, rng, options_.dtype, where);
    layers_.push_back(
        {{w, std::move(value)}, {fmt::format("b{}", l), Tensor::zeros({n[l], 1}, options_.dtype, where)}});
  }
}

Var DeepNet::record_logits(const Operand& x) const {
  const std::source_location where = x.where();
  const Parameter& W1 = W(1, where);  // IndexError where the net was moved from
  check_examples("DeepNet", W1, options_.layers.front(), x, where);
  Var a = x.var();
  for (std::size_t i = 0; i + 1 < layers_.size(); ++i) {
    const Var z = add(matmul(layers_[i].W, a, where), layers_[i].b, where);
    a = options_.activations[i].function({z, where});
  }
  return add(matmul(layers_.back().W, a, where), layers_.back().b, where);
}

Var DeepNet::logits(const Operand& x) const {
  const Composite composite{"DeepNet", {&x}, x.where()};
  return record_logits(x);
}

Var DeepNet::operator()(const Operand& x) const {
  const Composite composite{"DeepNet", {&x}, x.where()};
  return activation(depth(), x.where()).function({record_logits(x), x.where()});
}

Var DeepNet::cost(const Operand& x, const Operand& y) const {
  const Composite composite{"DeepNet", {&x, &y}, x.where()};
  const Activation& output = activation(depth(), x.where());
  if (output.loss) return output.loss({logits(x), x.where()}, y);
  return mean_squared_error((*this)(x), y, {}, x.where());
}

Tensor DeepNet::predict(const Tensor& x, std::source_location where) const {
  Tape tape{{.inference = true}};
  return decide((*this)({tape.constant(x, where), where}).value(where), decision(), where);
}

Decision DeepNet::decision() const noexcept {
  if (options_.activations.empty()) return Decision::none;  // moved from
  return options_.activations.back().decision;
}

void DeepNet::refuse_layer(std::int64_t number, const std::source_location& where) const {
  throw IndexError{
      fmt::format("DeepNet: layers are counted from 1 to {}, got {}\n  at {}", depth(), number, place(where))};
}

const DeepNet::Layer& DeepNet::layer(std::int64_t number, const std::source_location& where) const {
  if (number < 1 || number > depth()) refuse_layer(number, where);
  return layers_[static_cast<std::size_t>(number - 1)];
}

const Parameter& DeepNet::W(std::int64_t number, std::source_location where) const& { return layer(number, where).W; }
const Parameter& DeepNet::b(std::int64_t number, std::source_location where) const& { return layer(number, where).b; }

const Activation& DeepNet::activation(std::int64_t number, std::source_location where) const& {
  (void)layer(number, where);
  return options_.activations[static_cast<std::size_t>(number - 1)];
}

}  // namespace capstan::models
