// The user's own ops of a tape's life, whose rules use what changes from step to step, read values, or refuse.
#pragma once

#include <capstan/graph/custom_op.hpp>
#include <capstan/graph/parameter.hpp>

namespace lives {

/// What the rules look at; it changes under them.
struct Moment {
  double k = 1.0;
  bool refuse = false;
  const capstan::Parameter* parameter = nullptr;  ///< of one element
};

struct CustomOps {
  explicit CustomOps(const Moment& moment);

  const Moment& moment;
  capstan::CustomOp cube;     ///< elementwise
  capstan::CustomOp scaled;   ///< whose gradient is scaled by k
  capstan::CustomOp reading;  ///< whose gradient is scaled by a number that it reads
  capstan::CustomOp forking;  ///< whose gradient takes another way where k is negative
  capstan::CustomOp refused_in_gradient;
  capstan::CustomOp refused_late_in_gradient;  ///< after it has recorded and read
  capstan::CustomOp refused;                   ///< when it is computed
  capstan::CustomOp refused_elementwise;
  capstan::CustomOp with_parameter;  ///< whose gradient reads a parameter
  capstan::CustomOp product;         ///< elementwise, of two
  capstan::CustomOp first_only;      ///< of two, with a gradient for the first
  capstan::CustomOp without_gradient;
  capstan::CustomOp misshapen;  ///< whose gradient has a wrong shape, mostly

  capstan::CustomOp anew() const;
  capstan::CustomOp anew_elementwise() const;
};

}  // namespace lives
