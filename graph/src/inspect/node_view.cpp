#include <capstan/graph/node_view.hpp>

#include <cstring>
#include <iterator>
#include <type_traits>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/tensor/visit_dtype.hpp>

#include "tape/describe.hpp"
#include "tape/leaf.hpp"
#include "tape_state.hpp"

namespace capstan {

namespace {

Attribute::Value number_of(const Recording& recording, const Node& node) {
  return visit_dtype(node.dtype, [&]<class T>(T value) -> Attribute::Value {
    std::memcpy(&value, recording.number(node), sizeof value);
    if constexpr (std::is_integral_v<T>) return static_cast<std::int64_t>(value);
    return static_cast<double>(value);
  });
}

std::string text_of(const Attribute::Value& value) {
  return std::visit(
      []<class T>(const T& given) {
        if constexpr (std::is_same_v<T, std::vector<std::int64_t>>) {
          return fmt::format("({})", fmt::join(given, ", "));
        } else if constexpr (std::is_same_v<T, std::string>) {
          return fmt::format("\"{}\"", given);
        } else if constexpr (std::is_same_v<T, double>) {
          return fmt::format("{}", printable(given));
        } else {
          return fmt::format("{}", given);
        }
      },
      value);
}

}  // namespace

void engine::Description::add(std::string_view name, Attribute::Value value) {
  attributes_.push_back({name, std::move(value)});
}

void engine::Description::add(std::string_view name, std::span<const std::uint64_t> words) {
  add(name, std::vector<std::int64_t>(words.begin(), words.end()));
}

const TapeState& NodeView::state() const {
  if (var_.is_current()) return *var_.state();
  throw StaleVarError{fmt::format("NodeView: the tape was {} since node {} was asked for\n  at {}",
                                  var_.is_orphan() ? "destroyed" : "rewound", id(), place(taken_))};
}

std::string_view NodeView::op() const { return state().node(id()).op->name(); }
std::string_view NodeView::name() const { return name_of(state().recording(), id()); }
const Shape& NodeView::shape() const { return *state().node(id()).shape; }
DType NodeView::dtype() const { return state().node(id()).dtype; }
std::source_location NodeView::where() const { return state().recording().line(id()); }
std::span<const std::uint32_t> NodeView::inputs() const {
  const Recording& recording = state().recording();
  return recording.inputs(recording.nodes[id()]);
}

std::vector<Attribute> NodeView::attributes() const {
  const Recording& recording = state().recording();
  const Node& node = recording.nodes[id()];
  std::vector<Attribute> attributes;
  Description description{attributes};
  if (is_number(*node.op)) {
    description.add("value", number_of(recording, node));
  } else {
    node.op->describe(description, recording.words_of(node));
  }
  return attributes;
}

std::string NodeView::describe() const {
  std::string text{op()};
  if (!name().empty()) fmt::format_to(std::back_inserter(text), " \"{}\"", name());
  std::string_view separator = " {";
  for (const auto& [attribute, value] : attributes()) {
    fmt::format_to(std::back_inserter(text), "{}{}: {}", separator, attribute, text_of(value));
    separator = ", ";
  }
  if (separator != " {") text += '}';
  fmt::format_to(std::back_inserter(text), " {} at {}", shape(), place(where()));
  return text;
}

}  // namespace capstan
