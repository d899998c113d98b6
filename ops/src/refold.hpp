// Refold: a reduction whose plain fold may have overflowed or vanished is made again, output by output, from the numbers that
// it is of. That takes a few passes over them, and happens to extreme numbers alone.
#pragma once

#include <capstan/tensor/visit_dtype.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>

#include <capstan/graph/op.hpp>
#include <capstan/kernels/fold/axes.hpp>

#include "axes.hpp"

namespace capstan {

/// The numbers that one output is made of, as doubles.
class Refold {
 public:
  Refold(const kernels::AxisList& axes, const void* first, DType dtype)
      : axes_{axes}, first_{first}, dtype_{dtype}, count_{axes.elements()} {}

  double mean() const;
  /// The sum of the squares of the distances from the centre, divided by the divisor.
  double variance(double centre, double divisor) const;
  double stddev(double centre, double divisor) const;

 private:
  /// Squares of distances · scale · finer, with both of them powers of two, add up to sum.
  struct Squares {
    double sum, scale, finer;
  };
  Squares squares(double centre) const;
  template <class Visit>
  void visit(Visit visit) const;

  const kernels::AxisList& axes_;
  const void* first_;
  DType dtype_;
  std::int64_t count_;
};

/// The axes of x that a reduction with these words keeps, and those that it folds.
struct RefoldAxes {
  RefoldAxes(const Array& x, std::span<const Word> words);
  kernels::AxisList kept, folded;
};

template <class T, class Right, class Again>
void refold_as(const CallArguments& call, std::span<const Word> words, Right right, Again again) {
  const T* const plain = call.inputs.back().as<T>();
  const T* const centre = call.inputs[1].as<T>();
  T* const out = call.output.as<T>();
  const std::int64_t outputs = call.output.shape.elements();
  bool all_right = true;
  for (std::int64_t i = 0; i < outputs; ++i) {
    const std::optional<T> result = right(plain[i]);
    all_right = all_right && result.has_value();
    if (result) out[i] = *result;
  }
  if (all_right) return;
  const RefoldAxes axes{call.inputs[0], words};
  kernels::Walk at{axes.kept};
  for (std::int64_t i = 0; i < outputs; ++i, at.next()) {
    if (right(plain[i])) continue;
    const Refold numbers{axes.folded, call.inputs[0].as<T>() + at.offset(kernels::of_x), call.output.dtype};
    out[i] = static_cast<T>(again(numbers, static_cast<double>(centre[i])));
  }
}

/// Writes right(plain) for each number of the last input, or again(numbers, centre) where that is nothing. The first input
/// is x, the second the centres.
template <class Right, class Again>
void refold(const CallArguments& call, std::span<const Word> words, Right right, Again again) {
  visit_floating(call.output.dtype, [&]<class T>(T) { refold_as<T>(call, words, right, again); });
}

}  // namespace capstan
