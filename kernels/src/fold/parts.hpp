// A large reduction as parts that threads compute by themselves. Parts along a kept axis do not know of each other; parts
// along a reduced one are leaves of the tree by a power of two, and what they come to is joined by the rest of the tree.
// Either way the bits are those of the whole.
#pragma once

#include <cstdint>

#include <capstan/kernels/fold/axes.hpp>
#include <capstan/tensor/cut_work.hpp>

namespace capstan::kernels {

class ReduceParts {
 public:
  /// Of so many elements.
  ReduceParts(const SplitAxes& axes, std::int64_t elements, int threads);

  std::int64_t count() const { return count_; }
  /// Whether each part folds to all outputs, so that the parts must be joined.
  bool are_joined() const { return is_reduced(axis_); }

  struct Start {
    std::int64_t x, y;
  };
  /// Leaves of the axes those of a part; says where it begins.
  Start cut(std::int64_t part, SplitAxes& axes) const;

 private:
  static constexpr std::int64_t inner = -1;  ///< as the place of an axis in its list

  void consider(const Axis& axis, std::int64_t place, std::int64_t unit);
  void along_reduced(const Axis& axis, std::int64_t place, std::int64_t unit, std::int64_t elements);
  Range range(std::int64_t part) const;

  std::int64_t count_ = 1;
  Axis axis_ = {1, {0, 0}, false};
  std::int64_t place_ = inner;
  std::int64_t unit_ = 1;   ///< a part is so many of these positions of the axis, but the last one may have fewer
  std::int64_t units_ = 1;  ///< of a kept axis
};

}  // namespace capstan::kernels
