// Groups cut into parts that threads compute by themselves: some whole slices along the outer axis, or some columns of
// one. Groups do not know of each other, so the parts give the bits of the whole.
#pragma once

#include <algorithm>
#include <cstdint>

#include <capstan/kernels/softmax/softmax.hpp>
#include <capstan/tensor/cut_work.hpp>

namespace capstan::kernels {

class GroupParts {
 public:
  explicit GroupParts(const Groups& groups) : groups_{groups}, columns_{std::max<std::int64_t>(groups.inner, 1)} {
    const std::int64_t slice = std::max<std::int64_t>(groups.n * groups.inner, 1);
    outer_ = std::max<std::int64_t>(least_elements / slice, 1);
    if (slice > 2 * least_elements) {
      columns_ = std::max(least_elements / groups.n / unit * unit, unit);
    }
    across_ = (groups.inner + columns_ - 1) / columns_;
  }

  std::int64_t count() const { return (groups_.outer + outer_ - 1) / outer_ * across_; }

  struct Part {
    Groups groups;
    std::int64_t element, group;  ///< the first ones, counted from those of the whole
  };
  Part part(std::int64_t i) const {
    const std::int64_t o = i / across_ * outer_, column = i % across_ * columns_;
    const Groups some{std::min(outer_, groups_.outer - o), groups_.n, std::min(columns_, groups_.inner - column),
                      groups_.step};
    return {some, o * groups_.n * groups_.step + column, o * groups_.step + column};
  }

 private:
  static constexpr std::int64_t least_elements = items_of_part(work::softmax_element);
  static constexpr std::int64_t unit = 64;  ///< columns: whole cache lines, whole registers

  Groups groups_;
  std::int64_t columns_, outer_, across_;
};

}  // namespace capstan::kernels
