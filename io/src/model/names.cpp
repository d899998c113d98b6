#include <capstan/io/names.hpp>

#include <charconv>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

namespace capstan::io {

Names::Names(std::map<std::string, std::string> list)
    : name_{[list = std::move(list)](std::string_view name) {
        const auto found = list.find(std::string{name});
        return found == list.end() ? std::string{name} : found->second;
      }} {}

namespace {

std::pair<std::string_view, std::string_view> split_last(std::string_view name) {
  const auto dot = name.rfind('.');
  if (dot == name.npos) return {{}, name};
  return {name.substr(0, dot + 1), name.substr(dot + 1)};
}

/// l of "W<l>" and "b<l>".
std::optional<std::int64_t> layer_of(std::string_view part) {
  std::int64_t layer = 0;
  if (part.size() < 2 || (part[0] != 'W' && part[0] != 'b')) return std::nullopt;
  const auto [end, error] = std::from_chars(part.data() + 1, part.data() + part.size(), layer);
  if (error != std::errc{} || end != part.data() + part.size() || layer < 1) return std::nullopt;
  return layer;
}

bool is_bias(std::string_view part) { return part == "b" || (part.starts_with('b') && layer_of(part)); }

std::string torch_name(std::string_view name) {
  const auto [path, part] = split_last(name);
  if (const auto layer = layer_of(part)) {
    return fmt::format("{}{}.{}", path, 2 * (*layer - 1), part[0] == 'W' ? "weight" : "bias");
  }
  if (part == "running_variance") return fmt::format("{}running_var", path);
  if (part == "W" || part == "w" || part == "gamma") return fmt::format("{}weight", path);
  return part == "b" || part == "beta" ? fmt::format("{}bias", path) : std::string{name};
}

Shape torch_shape(std::string_view name, const Shape& shape) {
  const std::string_view part = split_last(name).second;
  const bool column = shape.rank() == 2 && shape[1] == 1;
  if (column && is_bias(part)) return {shape[0]};
  return column && part == "w" ? Shape{1, shape[0]} : shape;
}

}  // namespace

Names torch_names(const TorchNamesOptions& options) {
  return {[prefix = options.prefix](std::string_view name) { return prefix + torch_name(name); }, &torch_shape,
          [](std::string_view name_in_file) { return split_last(name_in_file).second == "num_batches_tracked"; }};
}

}  // namespace capstan::io
