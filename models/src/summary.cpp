#include <capstan/models/summary.hpp>

#include <array>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

#include "table.hpp"

namespace capstan::models {

namespace {

using Line = std::array<std::string, 7>;

std::string layer_table(const std::vector<Line>& lines) { return table<7>(lines, {'<', '>', '<', '<', '<', '<', '>'}); }

Line input_line(std::int64_t n) { return {"0 (input)", std::to_string(n), "", "", "", fmt::format("({}, m)", n), ""}; }

Line layer_line(std::size_t l, std::int64_t n, std::string_view activation, const Parameter& w, const Parameter& b) {
  return {std::to_string(l),
          std::to_string(n),
          std::string{activation},
          to_string(w.shape()),
          to_string(b.shape()),
          fmt::format("({}, m)", n),
          grouped(w.value().elements() + b.value().elements())};
}

Line total_line(std::int64_t count) { return {"total", "", "", "", "", "", grouped(count)}; }

}  // namespace

std::string summary(const DeepNet& net) {
  const std::vector<std::int64_t>& n = net.options().layers;
  std::vector<Line> lines{{"layer l", "n^[l]", "g^[l]", "W^[l]", "b^[l]", "A^[l]", "parameters"},
                          input_line(net.W(1).shape()[1])};
  for (std::size_t l = 1; l < n.size(); ++l) {
    const auto number = static_cast<std::int64_t>(l);
    lines.push_back(layer_line(l, n[l], net.activation(number).name, net.W(number), net.b(number)));
  }
  lines.push_back(total_line(parameter_count(net)));
  return layer_table(lines);
}

std::string summary(const LogisticRegression& model) {
  return layer_table({{"layer l", "n^[l]", "g^[l]", "w", "b", "A", "parameters"},
                      input_line(model.w.shape()[0]),
                      layer_line(1, 1, "sigmoid", model.w, model.b),
                      total_line(parameter_count(model))});
}

std::string summary(const std::vector<NamedState>& state) {
  std::vector<std::array<std::string, 3>> lines{{"name", "shape", "parameters"}};
  std::int64_t total = 0;
  for (const auto& [name, tensor] : state) {
    const bool learnt = tensor.kind() == StateTensor::Kind::parameter;
    const std::int64_t count = learnt ? tensor.value().elements() : 0;
    lines.push_back({name, to_string(tensor.shape()), learnt ? grouped(count) : "buffer"});
    total += count;
  }
  lines.push_back({"total", "", grouped(total)});
  return table<3>(lines, {'<', '<', '>'});
}

}  // namespace capstan::models
