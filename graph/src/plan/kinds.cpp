#include "plan/kinds.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <boost/container/static_vector.hpp>

#include <capstan/kernels/product/product.hpp>
#include <capstan/tensor/strided/join.hpp>

namespace capstan {

namespace {

using Factor = Contraction::Factor;
using Role = Contraction::Role;

/// The axes of one role, in the order of their numbers.
using Axes = boost::container::static_vector<std::size_t, max_rank>;

Axes axes_of(const Factor& factor, std::size_t rank, Role role) {
  Axes axes;
  for (std::size_t i = 0; i < rank; ++i) {
    if (factor.axes[i].role() != role) continue;
    const std::size_t number = factor.axes[i].number();
    const auto before =
        std::find_if(axes.begin(), axes.end(), [&](std::size_t axis) { return factor.axes[axis].number() > number; });
    axes.insert(before, i);
  }
  return axes;
}

/// The axes of one role, counted as one.
struct Joined {
  std::int64_t extent, step;
};

std::optional<Joined> join_several(const Axes& axes, const Shape& shape, const Strides& strides) {
  Strides extents;
  Layout lies;
  for (const std::size_t axis : axes) {
    extents.push_back(shape[axis]);
    lies.strides.push_back(strides[axis]);
  }
  lies.shape = Shape(extents);
  if (lies.shape.elements() == 0) return Joined{0, 0};
  const JoinedAxes joined = join_axes(lies.shape, {&lies, 1});
  if (joined.extents.empty()) return Joined{1, 0};
  if (joined.extents.size() > 1) return std::nullopt;
  return Joined{joined.extents[0], joined.steps[0][0]};
}

/// Null where they cannot be. Most products have one axis of a role.
std::optional<Joined> join(const Factor& factor, const Shape& shape, const Strides& strides, Role role) {
  Joined only{1, 0};
  std::size_t count = 0;
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    if (factor.axes[i].role() != role) continue;
    only = {shape[i], strides[i]};
    ++count;
  }
  return count < 2 ? only : join_several(axes_of(factor, shape.rank(), role), shape, strides);
}

void add_stack(kernels::ProductLayout& layout, const Factor& factor, const Array& x,
               std::int64_t kernels::ProductLayout::StackAxis::* step) {
  for (std::size_t i = 0; i < x.shape.rank(); ++i) {
    if (factor.axes[i].role() != Role::batch) continue;
    const std::size_t number = factor.axes[i].number();
    if (layout.stack.size() <= number) layout.stack.resize(number + 1, {1, 0, 0});
    if (x.shape[i] == 1) continue;
    layout.stack[number].extent = x.shape[i];
    layout.stack[number].*step = x.strides[i];
  }
}

}  // namespace

ProductSizes sizes_of(const Contraction& product, const Shape& a, const Shape& b) {
  ProductSizes sizes;
  for (std::size_t i = 0; i < a.rank(); ++i) {
    const Role role = product.a.axes[i].role();
    if (role == Role::row) sizes.m *= a[i];
    if (role == Role::depth) sizes.k *= a[i];
    if (role == Role::batch) sizes.has_stack = true;
  }
  for (std::size_t i = 0; i < b.rank(); ++i) {
    const Role role = product.b.axes[i].role();
    if (role == Role::column) sizes.n *= b[i];
    if (role == Role::batch) sizes.has_stack = true;
  }
  return sizes;
}

bool adds_in_place(const ProductSizes& sizes) noexcept {
  return !sizes.has_stack && sizes.m > 1 && sizes.n > 1 && sizes.k > 0 && sizes.k <= kernels::undivided_depth;
}

bool takes_any_layout(const Factor& factor, std::size_t rank) noexcept {
  unsigned met = 0;
  for (std::size_t i = 0; i < rank; ++i) {
    const Role role = factor.axes[i].role();
    const unsigned bit = 1u << static_cast<unsigned>(role);
    if (role != Role::batch && (met & bit) != 0) return false;
    met |= bit;
  }
  return true;
}

bool takes_layout(const Factor& factor, const Shape& shape, const Strides& strides) {
  const auto joins = [&](Role role) { return join(factor, shape, strides, role).has_value(); };
  return joins(Role::row) && joins(Role::column) && joins(Role::depth);
}

Strides strides_of_copy(const Factor& factor, const Shape& shape) {
  Strides strides(shape.rank(), 0);
  std::int64_t step = 1;
  for (const Role role : {Role::column, Role::depth, Role::row, Role::batch}) {
    const Axes axes = axes_of(factor, shape.rank(), role);
    for (std::size_t i = axes.size(); i-- > 0; step *= shape[axes[i]]) strides[axes[i]] = step;
  }
  return strides;
}

kernels::ProductTask product_task(const Contraction& product, const Array& a, const Array& b, int threads) {
  const Joined rows = join(product.a, a.shape, a.strides, Role::row).value();
  const Joined a_depth = join(product.a, a.shape, a.strides, Role::depth).value();
  const Joined b_depth = join(product.b, b.shape, b.strides, Role::depth).value();
  const Joined columns = join(product.b, b.shape, b.strides, Role::column).value();
  kernels::ProductLayout layout{.dtype = a.dtype,
                                .m = rows.extent,
                                .n = columns.extent,
                                .k = a_depth.extent,
                                .a_row = rows.step,
                                .a_depth = a_depth.step,
                                .b_depth = b_depth.step,
                                .b_column = columns.step,
                                .stack = {}};
  add_stack(layout, product.a, a, &kernels::ProductLayout::StackAxis::a_step);
  add_stack(layout, product.b, b, &kernels::ProductLayout::StackAxis::b_step);
  return {layout, threads};
}

}  // namespace capstan
