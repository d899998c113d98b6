#include "pool.hpp"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <capstan/ops/reductions.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

#include "per_axis.hpp"

namespace capstan {

namespace {

/// The axis that an error names.
std::string axis_text(std::size_t i) { return fmt::format("axis {}", image_axes + i); }

void check_adaptive(const Signature& s, std::int64_t size, std::int64_t extent, std::size_t i) {
  if (size < 1) {
    throw ValueError{s.message(fmt::format("size must be at least 1, got {} for {}", size, axis_text(i)), {"x"})};
  }
  if (extent < 1) throw ShapeError{s.message(fmt::format("{} must have a position, got none", axis_text(i)), {"x"})};
  std::int64_t product = 0;
  if (size == INT64_MAX || __builtin_mul_overflow(size + 1, extent, &product) || product > INT64_MAX - size) {
    throw ShapeError{s.message(
        fmt::format("size {} of {}, which has {} positions, is more than 63 bits count", size, axis_text(i), extent),
        {"x"})};
  }
}

/// What the options alone decide.
void check_options(const PoolName& op, const PoolAttributes& attributes, const Operand& x, std::source_location where) {
  for (std::size_t i = 0; i < op.axes; ++i) {
    const std::int64_t kernel = attributes.kernel[i], stride = attributes.stride[i], padding = attributes.padding[i];
    const auto refuse = [&](std::string_view rule, std::int64_t number) {
      throw ValueError{
          refusal(op.name, fmt::format("{}, got {} for {}", rule, number, axis_text(i)), {{"x", x}}, where)};
    };
    if (kernel < 1) refuse("kernel must be at least 1", kernel);
    if (stride < 1) refuse("stride must be at least 1", stride);
    if (padding < 0) refuse("padding must not be negative", padding);
    if (padding > kernel / 2) refuse(fmt::format("padding must be at most half the kernel of {}", kernel), padding);
  }
}

void check_window(const Signature& s, std::int64_t kernel, std::int64_t padding, std::int64_t extent, std::size_t i) {
  if (extent < 1) throw ShapeError{s.message(fmt::format("{} must have a position, got none", axis_text(i)), {"x"})};
  if (kernel - 2 * padding <= extent) return;
  throw ShapeError{s.message(
      fmt::format("a kernel of {} must not be longer than {}, which has {} positions and a padding of {} at either end",
                  kernel, axis_text(i), extent, padding),
      {"x"})};
}

/// Taps are numbered, and counted, in the format of x.
void check_taps(const Signature& s, const PoolAttributes& attributes, std::size_t axes) {
  const std::int64_t most = std::int64_t{1} << (s.dtype(0) == DType::f32 ? 24 : 53);
  std::int64_t taps = 1;
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t kernel = attributes.axis(i, s.shape(0)[image_axes + i]).kernel;
    if (!__builtin_mul_overflow(taps, kernel, &taps) && taps <= most) continue;
    throw ShapeError{s.message(
        fmt::format("a window of {} has at most {} positions; global pooling takes any number", s.dtype(0), most),
        {"x"})};
  }
}

std::size_t axes_of(const Shape& x) { return x.rank() - image_axes; }

Var global_pool(std::string_view name, const Operand& x, std::source_location where,
                Var (*reduce)(const Operand&, const ReduceOptions&, std::source_location)) {
  const Composite whole{name, {&x}, where};
  const std::size_t rank = x.shape().rank();
  if (rank <= image_axes) {
    throw ShapeError{
        refusal(name, fmt::format("x must have examples, channels and at least one spatial axis, got {}", x.shape()),
                {{"x", x}}, where)};
  }
  std::array<std::int64_t, max_rank> axes{};
  for (std::size_t i = image_axes; i < rank; ++i) axes[i - image_axes] = static_cast<std::int64_t>(i);
  return reduce(x, {.axes = Axes{std::span<const std::int64_t>{axes.data(), rank - image_axes}}, .keepdims = true},
                where);
}

}  // namespace

kernels::PoolAxis PoolAttributes::axis(std::size_t i, std::int64_t extent) const noexcept {
  if (is_adaptive()) {
    const std::int64_t most = std::min((extent + kernel[i] - 1) / kernel[i] + 1, extent);
    return {.in = extent, .out = kernel[i], .kernel = most, .stride = 0, .padding = 0};
  }
  const std::int64_t out = (extent - (kernel[i] - 2 * padding[i])) / stride[i] + 1;
  return {.in = extent, .out = out, .kernel = kernel[i], .stride = stride[i], .padding = padding[i]};
}

kernels::PoolGeometry PoolAttributes::geometry(std::int64_t planes, std::span<const std::int64_t> extents) const {
  kernels::PoolGeometry g;
  g.planes = planes;
  const std::array<kernels::PoolAxis*, 3> axes{&g.depth, &g.height, &g.width};
  const std::size_t lead = axes.size() - extents.size();
  for (std::size_t i = 0; i < extents.size(); ++i) *axes[lead + i] = axis(i, extents[i]);
  return g;
}

void describe_pool(Description& d, std::span<const Word> words) {
  const auto attributes = from_words<PoolAttributes>(words);
  const auto* const end = std::find(attributes.kernel.begin(), attributes.kernel.end(), 0);
  const auto add = [&, axes = end - attributes.kernel.begin()](std::string_view name, const auto& numbers) {
    d.add(name, std::vector<std::int64_t>(numbers.begin(), numbers.begin() + axes));
  };
  if (attributes.is_adaptive()) return add("size", attributes.kernel);
  add("kernel", attributes.kernel);
  add("stride", attributes.stride);
  add("padding", attributes.padding);
  d.add("count_include_pad", attributes.counts_padding != 0);
}

PoolAttributes pool_attributes(const PoolName& op, const Extents& kernel, const Extents& stride, const Extents& padding,
                               const Operand& x, std::source_location where) {
  check_one_for_each(op.name, op.axes, {{"kernel", kernel, false}, {"stride", stride}, {"padding", padding}}, x, where);
  PoolAttributes attributes;
  for (std::size_t i = 0; i < op.axes; ++i) {
    attributes.kernel[i] = kernel[i];
    attributes.stride[i] = number_for(stride, i, kernel[i]);
    attributes.padding[i] = number_for(padding, i, 0);
  }
  check_options(op, attributes, x, where);
  return attributes;
}

PoolAttributes adaptive_attributes(const PoolName& op, const Extents& size, const Operand& x,
                                   std::source_location where) {
  check_one_for_each(op.name, op.axes, {{"size", size, false}}, x, where);
  const Shape& shape = x.shape();
  PoolAttributes attributes;
  bool divides = shape.rank() == image_axes + op.axes;
  for (std::size_t i = 0; i < op.axes; ++i) {
    attributes.kernel[i] = size[i];
    divides = divides && size[i] >= 1 && shape[image_axes + i] >= 1 && shape[image_axes + i] % size[i] == 0;
  }
  if (!divides) return attributes;
  for (std::size_t i = 0; i < op.axes; ++i) attributes.kernel[i] = shape[image_axes + i] / size[i];
  attributes.stride = attributes.kernel;
  return attributes;
}

Shape pooled_shape(const Signature& s, const PoolAttributes& attributes, std::size_t axes) {
  static constexpr std::array<std::string_view, 3> spatial{"length", "height, width", "depth, height, width"};
  const Shape& x = s.shape(0);
  if (x.rank() != image_axes + axes) {
    throw ShapeError{s.message(fmt::format("x must be (examples, channels, {}), got {}", spatial[axes - 1], x), {"x"})};
  }
  Strides extents(x.begin(), x.end());
  for (std::size_t i = 0; i < axes; ++i) {
    std::int64_t& extent = extents[image_axes + i];
    if (attributes.is_adaptive()) {
      check_adaptive(s, attributes.kernel[i], extent, i);
    } else {
      check_window(s, attributes.kernel[i], attributes.padding[i], extent, i);
    }
    extent = attributes.axis(i, extent).out;
  }
  check_taps(s, attributes, axes);
  return checked_shape(s, extents);
}

Shape unpooled_shape(const Shape& y, const PoolAttributes& attributes) {
  Strides extents(y.begin(), y.end());
  for (std::size_t i = 0; i < axes_of(y); ++i) extents[image_axes + i] = attributes.in[i];
  return Shape(extents);
}

PoolAttributes with_extents(const PoolAttributes& attributes, const Shape& x) {
  PoolAttributes all = attributes;
  for (std::size_t i = 0; i < axes_of(x); ++i) all.in[i] = x[image_axes + i];
  return all;
}

kernels::PoolGeometry geometry_of(const Shape& x, const PoolAttributes& attributes) {
  return attributes.geometry(x[0] * x[1], x.extents().subspan(image_axes));
}

Var global_avg_pool(const Operand& x, std::source_location where) {
  return global_pool("global_avg_pool", x, where, &mean);
}

Var global_max_pool(const Operand& x, std::source_location where) {
  return global_pool("global_max_pool", x, where, &max);
}

}  // namespace capstan
