// The summary that shows shapes: the net is recorded once, and nothing is computed. A layer is what has parameters of one
// path; its value is that of the last node that reads one of them beside something that depends on x.
#include <capstan/models/summary.hpp>

#include <map>
#include <string_view>

#include "table.hpp"

namespace capstan::models {

namespace {

constexpr std::size_t nobody = static_cast<std::size_t>(-1);

struct LayerOfNet {
  std::string path;
  std::int64_t parameters = 0;
  std::int64_t multiply_adds = 0;
  std::string shape = {};
};

/// "c1" of "c1.W"; the parameters of the net itself are its own.
std::string path_of(const std::string& name) {
  const auto dot = name.rfind('.');
  return dot == std::string::npos ? "(net)" : name.substr(0, dot);
}

/// Of products and convolutions, by the shape of their weight; 0 for all others.
std::int64_t multiply_adds_of(const NodeView& node, const Shape& weight, const Shape& x) {
  const bool transposed = node.op().starts_with("conv_transpose");
  if (weight.rank() < 2 || weight[0] == 0 || !(node.op() == "matmul" || node.op().starts_with("conv"))) return 0;
  // Every element of y is a sum over a row of W; in a transposed convolution, every element of x meets one.
  return (transposed ? x : node.shape()).elements() * (weight.elements() / weight[0]);
}

/// What is known of the nodes of a tape.
class Walk {
 public:
  Walk(const Tape& tape, std::uint32_t x, std::vector<LayerOfNet>& layers,
       const std::map<std::uint32_t, std::size_t>& of)
      : tape_{tape}, layers_{layers}, owners_(tape.size(), nobody), of_x_(tape.size(), false) {
    of_x_[x] = true;
    for (const auto& [node, layer] : of) {
      if (node < owners_.size()) owners_[node] = layer;
    }
    for (std::uint32_t id = 0; id < owners_.size(); ++id) visit(tape_.node(id), id);
  }

 private:
  void visit(const NodeView& node, std::uint32_t id) {
    std::uint32_t weight = 0, x = 0;
    std::size_t owner = nobody;
    for (const std::uint32_t input : node.inputs()) {
      if (of_x_[input]) {
        of_x_[id] = true;
        x = input;
      } else if (owners_[input] != nobody) {
        owner = owners_[input];
        weight = input;
      }
    }
    if (owner == nobody) return;
    if (!of_x_[id]) {
      owners_[id] = owner;  // made of parameters alone, as a view of one
      return;
    }
    LayerOfNet& layer = layers_[owner];
    layer.shape = to_string(node.shape());
    layer.multiply_adds += multiply_adds_of(node, tape_.node(weight).shape(), tape_.node(x).shape());
  }

  const Tape& tape_;
  std::vector<LayerOfNet>& layers_;
  std::vector<std::size_t> owners_;  ///< of the nodes that are made of a layer's parameters
  std::vector<bool> of_x_;           ///< the nodes that depend on x
};

}  // namespace

std::string detail::summary_of_shapes(const std::vector<NamedState>& state, Tape& tape, const Var& x, const Var& y) {
  std::vector<LayerOfNet> layers;
  std::map<std::uint32_t, std::size_t> of;
  const std::size_t recorded = tape.size();
  for (const auto& [name, parameter] : capstan::detail::parameters_of(state)) {
    const std::string path = path_of(name);
    if (layers.empty() || layers.back().path != path) layers.push_back({path});
    layers.back().parameters += parameter.value().elements();
    const std::uint32_t node = tape.parameter(parameter).id();  // the one that the net recorded, if it did
    if (node < recorded) of.emplace(node, layers.size() - 1);
  }
  const Walk walk{tape, x.id(), layers, of};
  std::vector<std::array<std::string, 4>> lines{{"layer", "shape", "parameters", "multiply-adds"},
                                                {"(input)", to_string(x.shape()), "", ""}};
  LayerOfNet total{"total"};
  for (const LayerOfNet& layer : layers) {
    lines.push_back({layer.path, layer.shape, grouped(layer.parameters), grouped(layer.multiply_adds)});
    total.parameters += layer.parameters;
    total.multiply_adds += layer.multiply_adds;
  }
  lines.push_back({"total", to_string(y.shape()), grouped(total.parameters), grouped(total.multiply_adds)});
  return table<4>(lines, {'<', '<', '>', '>'});
}

}  // namespace capstan::models
