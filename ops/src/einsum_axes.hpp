// The letters of an einsum: which axes its operands and its output have.
#pragma once

#include <source_location>
#include <span>
#include <string>
#include <string_view>

#include <boost/container/small_vector.hpp>

#include <capstan/graph/op.hpp>

namespace capstan {

/// A letter an axis. Strings of up to 15 letters allocate nothing.
struct EinsumAxes {
  boost::container::small_vector<std::string, 4> operands;
  std::string output;
};

/// Reads "ij,jk->ik", or "ij,jk". Throws what einsum throws for letters and operands that do not go together.
EinsumAxes read_einsum(std::string_view text, std::span<const Operand* const> operands, std::source_location where);

inline bool has_axis(std::string_view axes, char axis) noexcept { return axes.find(axis) != std::string_view::npos; }

/// The axes that `keeps` says, in their order.
template <class Keeps>
std::string axes_that(std::string_view axes, Keeps keeps) {
  std::string kept;
  for (const char axis : axes) {
    if (keeps(axis)) kept.push_back(axis);
  }
  return kept;
}

}  // namespace capstan
