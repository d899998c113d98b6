// check_writable: the check before every write into a tensor.
#pragma once

#include <source_location>
#include <string_view>

#include <capstan/tensor/tensor.hpp>

namespace capstan {

/// ValueError if the elements are const memory that was wrapped.
void check_not_const(const Tensor& tensor, std::string_view who, const std::source_location& where);

/// ValueError for const memory, and for a broadcast view, in which writing one element would write others.
void check_writable(const Tensor& tensor, std::string_view who, const std::source_location& where);

}  // namespace capstan
