// Where the library's own entries stand in the metadata of a model's file.
#pragma once

#include <string_view>

namespace capstan::io {

constexpr std::string_view own_prefix = "capstan.";
constexpr std::string_view model_key = "capstan.model";
constexpr std::string_view standardiser_key = "capstan.standardiser";
constexpr std::string_view data_key = "capstan.data";

}  // namespace capstan::io
