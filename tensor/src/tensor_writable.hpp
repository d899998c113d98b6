// check_writable: what every write into a tensor asks first.
#pragma once

#include <source_location>
#include <string_view>

#include <capstan/tensor/tensor.hpp>

namespace capstan {

/// ValueError where the elements are const memory that was wrapped.
void check_not_const(const Tensor& tensor, std::string_view who, const std::source_location& where);

/// The same, and where several elements share memory (a broadcast view): writing one would write the others.
void check_writable(const Tensor& tensor, std::string_view who, const std::source_location& where);

}  // namespace capstan
