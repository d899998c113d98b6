// The operands of a group: how each lies beside the group's tiles, and the axes along which those that lie otherwise are
// walked.
#pragma once

#include <cstdint>

#include <boost/container/small_vector.hpp>

#include <capstan/tensor/strided/join.hpp>

#include "plan/program.hpp"

namespace capstan::plan {

/// A single element serves every tile, whatever shape it was broadcast to.
enum class Lies : std::uint8_t { as_tiles, scalar, strided };

/// How an operand lies in a group of so many elements.
Lies lies_of(const Program& program, const Operand& x, std::int64_t count);

struct GroupOperand {
  ValueId value;
  Location at;
  Lies lies;
  std::uint32_t axes = none;  ///< strided: in GroupOperands::axes.steps
  bool is_scalar = false;     ///< one element serves a tile
  bool is_placed = false;     ///< strided: a step has asked for it
};

struct GroupOperands {
  boost::container::small_vector<GroupOperand, 8> list;
  JoinedAxes axes;
};

/// The operands of a group of that shape, in the order in which its members read them first.
GroupOperands operands_of_group(const Program& program, const Step& group, const Shape& shape);

}  // namespace capstan::plan
