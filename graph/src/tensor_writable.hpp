#pragma once

#include <string_view>

#include <capstan/graph/tensor.hpp>

namespace capstan {

/// ValueError where several elements share memory (a broadcast view): writing one would write the others.
void check_writable(const Tensor& tensor, std::string_view who);

}  // namespace capstan
