// Attribute: an option that an op was recorded with, by name and as data. Description: what an op writes its attributes
// to. Text, drawings and files are made of them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace capstan {

/// An option of a recorded op, such as the axis of a softmax or the slope of a leaky_relu.
struct Attribute {
  /// Axes and extents are lists of numbers, the choices of an enumeration are text.
  using Value = std::variant<bool, std::int64_t, double, std::vector<std::int64_t>, std::string>;

  std::string_view name;  ///< that of the function's option or parameter: "axis", "slope"; valid as long as the program
  Value value;

  friend bool operator==(const Attribute&, const Attribute&) = default;
};

namespace engine {

/// The argument of Op::describe.
class Description {
 public:
  /// Appends to a list, which must outlive this object.
  explicit Description(std::vector<Attribute>& attributes) noexcept : attributes_{attributes} {}

  /// Appends an attribute.
  void add(std::string_view name, Attribute::Value value);
  /// Appends a list of whole numbers, one per word.
  void add(std::string_view name, std::span<const std::uint64_t> words);

 private:
  std::vector<Attribute>& attributes_;
};

}  // namespace engine

}  // namespace capstan
