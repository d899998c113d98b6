// Option: one option of an optimizer by name and value, as text, for checkpoints and logs.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace capstan::optim {

/// An option of an optimizer; a number's text gives back its bits.
struct Option {
  std::string_view name;  ///< of a string literal
  std::string value;

  Option(std::string_view called, double number);
  /// A template, so that nothing else becomes a bool.
  template <std::same_as<bool> Flag>
  Option(std::string_view called, Flag flag) : name{called}, value{flag ? "true" : "false"} {}
};

/// Names and values, such as {"momentum", "0.9"}.
using Settings = std::vector<std::pair<std::string, std::string>>;

}  // namespace capstan::optim
