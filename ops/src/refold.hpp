// Refold: recomputes outputs of a reduction whose plain fold may have overflowed or vanished, one by one, from the
// numbers that they reduce. It takes a few passes over those, and happens for extreme numbers only.
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

/// The numbers that one output reduces, as doubles.
class Refold {
 public:
  Refold(const kernels::AxisList& axes, const void* first, DType dtype)
      : axes_{axes}, first_{first}, dtype_{dtype}, count_{axes.elements()} {}

  double mean() const;
  /// The sum of the squares of the distances from the centre, divided by the divisor.
  double variance(double centre, double divisor) const;
  double stddev(double centre, double divisor) const;

 private:
  /// `sum` is the sum of the squares of distance · scale · finer, where scale and finer are powers of two.
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

/// Writes right(plain) for each number `plain` of the last input; where that returns nothing, again(numbers, centre).
/// The first input is x, the second has the centres.
template <class Right, class Again>
void refold(const CallArguments& call, std::span<const Word> words, Right right, Again again) {
  visit_floating(call.output.dtype, [&]<class T>(T) { refold_as<T>(call, words, right, again); });
}

}  // namespace capstan
