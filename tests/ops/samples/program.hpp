// Random graphs: a program is a list of numbers, any list of which records some graph of the table's smooth operations,
// so that a program that fails can be made smaller at will.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include <capstan/tensor/tensor.hpp>

#include "sample.hpp"

namespace samples {

/// One operation: which, of which earlier values, and in which of its ways.
struct Step {
  std::uint32_t op;
  std::uint32_t a;
  std::uint32_t b;
  std::uint32_t way;
};

/// How large the arrays of a program are. Large ones are of several registers and of several tiles of a fused group,
/// with rows and columns whose lengths are multiples of neither. Huge ones are of several blocks, for threads to share.
enum class Size { small, large, huge };

struct Program {
  std::vector<std::uint32_t> leaves;  ///< which shape each variable has
  std::vector<Step> steps;
  Size size = Size::small;

  std::vector<capstan::Tensor> inputs() const;
  /// Records the graph on the tape of its variables; every value leads to the number that is returned. Values stay in
  /// [-1, 1] and of at most 64 elements, or 4096 if large, 40,000 if huge. Steps that would make the graph larger than 60 nodes are left out.
  capstan::Var operator()(In x) const {
    return record(x, [](const capstan::Var&) {});
  }
  /// The same, and calls a function with what each step made.
  capstan::Var record(In x, const std::function<void(const capstan::Var& made)>& after_step) const;
};

std::ostream& operator<<(std::ostream& out, const Program& program);

}  // namespace samples
