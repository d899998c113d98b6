#include "convolution_geometry.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

namespace capstan {

namespace {

using Numbers = ConvolutionAttributes::Numbers;

/// More elements than any memory has, and so few that kernels can count bytes of several times as many.
constexpr std::int64_t most_elements = std::int64_t{1} << 55;

constexpr std::string_view layouts[] = {"(examples, channels, length)", "(examples, channels, height, width)",
                                        "(examples, channels, depth, height, width)"};

Numbers numbers(std::string_view op, std::string_view option, const PerAxis& given, std::size_t axes, const Operand& x,
                const Operand& W, std::source_location where) {
  if (given.size() != 1 && given.size() != axes) {
    const std::string rule = axes == 1 ? fmt::format("{} must be one number, got {} of them: ({})", option,
                                                     given.size(), fmt::join(given, ", "))
                                       : fmt::format("{} must be one number, or {} for the spatial axes, got {}: ({})",
                                                     option, axes, given.size(), fmt::join(given, ", "));
    throw ValueError{refusal(op, rule, {{"x", x}, {"W", W}}, where)};
  }
  Numbers all{};
  for (std::size_t i = 0; i < axes; ++i) all[i] = given.along(i);
  return all;
}

/// The numbers of the axes that there are, as errors print them.
std::string text(const Numbers& numbers, std::size_t axes) {
  if (axes == 1) return fmt::format("{}", numbers[0]);
  return fmt::format("({})", fmt::join(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(axes), ", "));
}

template <class E>
[[noreturn]] void refuse(const Signature& s, std::string_view rule) {
  throw E{s.message(rule, {"x", "W"})};
}

void check_least(const Signature& s, std::string_view option, const Numbers& numbers, std::size_t axes,
                 std::int64_t least) {
  for (std::size_t i = 0; i < axes; ++i) {
    if (numbers[i] >= least) continue;
    refuse<ValueError>(s, fmt::format("{} must be at least {}, got {}", option, least, text(numbers, axes)));
  }
}

/// What both directions ask for, but of channels.
void check_operands(const Signature& s, const ConvolutionAttributes& a, std::size_t axes) {
  s.common_dtype({"x", "W"});
  const Shape &x = s.shape(0), &W = s.shape(1);
  if (x.rank() != axes + 2) refuse<ShapeError>(s, fmt::format("x must be {}, got {}", layouts[axes - 1], x));
  if (W.rank() != axes + 2) {
    refuse<ShapeError>(s, fmt::format("W must have {} axes, of channels and taps, got {}", axes + 2, W));
  }
  if (W.elements() == 0) refuse<ShapeError>(s, fmt::format("W must have no axis of extent 0, got {}", W));
  check_least(s, "stride", a.stride, axes, 1);
  check_least(s, "dilation", a.dilation, axes, 1);
  check_least(s, "padding", a.padding, axes, 0);
  if (a.groups < 1) refuse<ValueError>(s, fmt::format("groups must be at least 1, got {}", a.groups));
  for (std::size_t i = 0; a.same != 0 && i < axes; ++i) {
    if (a.stride[i] == 1) continue;
    refuse<ValueError>(s, fmt::format("padding can be `same` only with a stride of 1, got {}", text(a.stride, axes)));
  }
}

/// The reach of W along an axis, which with the padding and one more fits 62 bits. The text calls it so.
std::int64_t checked_reach(const Signature& s, const ConvolutionAttributes& a, std::size_t axis) {
  const std::int64_t taps = s.shape(1)[axis + 2];
  std::int64_t reach = 0;
  const bool fits = !__builtin_mul_overflow(taps - 1, a.dilation[axis], &reach) && reach < most_elements;
  if (!fits || a.padding[axis] >= most_elements || a.stride[axis] >= most_elements) {
    refuse<ShapeError>(
        s, fmt::format("kernel, dilation, padding and stride must reach less than 2^55 elements, got {} taps, "
                       "dilation {}, padding {} and stride {} along axis {}",
                       taps, a.dilation[axis], a.padding[axis], a.stride[axis], axis + 2));
  }
  return reach + 1;
}

ArrayType checked_type(const Signature& s, const Strides& extents) {
  try {
    return {s.dtype(0), Shape(extents)};
  } catch (const ShapeError&) {
    refuse<ShapeError>(s, fmt::format("the result ({}) must have fewer than 2^63 elements", fmt::join(extents, ", ")));
  }
}

/// Refuses images that, with what is around them, have more elements than can be counted.
void check_elements(const Signature& s, const Strides& extents) {
  std::int64_t elements = 1;
  for (const std::int64_t extent : extents) {
    if (!__builtin_mul_overflow(elements, std::max<std::int64_t>(extent, 1), &elements) && elements < most_elements)
      continue;
    refuse<ShapeError>(s, fmt::format("images with their padding must have fewer than 2^55 elements, got ({})",
                                      fmt::join(extents, ", ")));
  }
}

}  // namespace

kernels::ConvolutionShape kernel_shape(const ConvolutionAttributes& a, DType dtype, const ConvolutionShapes& shapes) {
  const auto& [x, W, y] = shapes;
  kernels::ConvolutionShape s{
      .dtype = dtype, .examples = x[0], .groups = a.groups, .inputs = W[1], .outputs = W[0] / a.groups};
  const std::size_t axes = x.rank() - 2;
  for (std::size_t i = 0; i < axes; ++i) {
    const std::size_t at = i + 1 == axes ? 2 : i;  // the last one is along memory, the first one is cheapest to pad
    const std::int64_t taps = W[i + 2];
    s.axes[at] = {x[i + 2], y[i + 2], taps, a.stride[i], a.dilation[i], a.before(i, taps)};
  }
  return s;
}

ConvolutionAttributes attributes_of(std::string_view op, std::size_t axes, const ConvOptions& options, const Operand& x,
                                    const Operand& W, std::source_location where) {
  const auto all = [&](std::string_view option, const PerAxis& given) {
    return numbers(op, option, given, axes, x, W, where);
  };
  ConvolutionAttributes a{.groups = options.groups,
                          .same = options.padding.is_same() ? 1 : 0,
                          .stride = all("stride", options.stride),
                          .dilation = all("dilation", options.dilation)};
  if (a.same == 0) a.padding = all("padding", options.padding);
  return a;
}

ConvolutionAttributes attributes_of(std::string_view op, std::size_t axes, const ConvTransposeOptions& options,
                                    const Operand& x, const Operand& W, std::source_location where) {
  const auto all = [&](std::string_view option, const PerAxis& given) {
    return numbers(op, option, given, axes, x, W, where);
  };
  return {.groups = options.groups,
          .stride = all("stride", options.stride),
          .dilation = all("dilation", options.dilation),
          .padding = all("padding", options.padding),
          .more = all("output_padding", options.output_padding)};
}

ArrayType convolved(const Signature& s, std::size_t axes) {
  const auto a = s.attributes<ConvolutionAttributes>();
  check_operands(s, a, axes);
  const Shape &x = s.shape(0), &W = s.shape(1);
  if (x[1] % a.groups != 0 || W[0] % a.groups != 0) {
    refuse<ShapeError>(
        s, fmt::format("groups must divide the channels of x and the outputs of W, got {} groups, {} channels "
                       "and {} outputs",
                       a.groups, x[1], W[0]));
  }
  if (x[1] / a.groups != W[1]) {
    refuse<ShapeError>(
        s, fmt::format("channels of x must be the inputs of W times groups, got {} and {} · {}", x[1], W[1], a.groups));
  }
  Strides extents{x[0], W[0]}, padded{x[1]};
  for (std::size_t i = 0; i < axes; ++i) {
    if (x[i + 2] == 0) refuse<ShapeError>(s, fmt::format("x must have elements along axis {}, got {}", i + 2, x));
    const std::int64_t n = x[i + 2], taps = W[i + 2], reach = checked_reach(s, a, i), whole = n + a.around(i, taps);
    if (n >= most_elements || whole < reach) {
      refuse<ShapeError>(
          s, fmt::format("the kernel must fit the padded x, got {} taps that reach {} elements for {} + 2 · {} "
                         "along axis {}",
                         taps, reach, n, a.padding[i], i + 2));
    }
    extents.push_back((whole - reach) / a.stride[i] + 1);
    padded.push_back(whole);
  }
  check_elements(s, padded);
  return checked_type(s, extents);
}

ArrayType transposed(const Signature& s, std::size_t axes) {
  const auto a = s.attributes<ConvolutionAttributes>();
  check_operands(s, a, axes);
  const Shape &x = s.shape(0), &W = s.shape(1);
  check_least(s, "output_padding", a.more, axes, 0);
  if (x[1] % a.groups != 0) {
    refuse<ShapeError>(s, fmt::format("groups must divide the channels of x, got {} and {}", a.groups, x[1]));
  }
  if (x[1] != W[0]) {
    refuse<ShapeError>(s, fmt::format("channels of x must be the first extent of W, got {} and {}", x[1], W[0]));
  }
  Strides extents{x[0]}, padded{x[1]};
  if (__builtin_mul_overflow(W[1], a.groups, &extents.emplace_back(0))) extents.back() = INT64_MAX;
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t n = x[i + 2], taps = W[i + 2], reach = checked_reach(s, a, i);
    if (a.more[i] >= a.stride[i]) {
      refuse<ValueError>(s, fmt::format("output_padding must be less than the stride, got {} and {}",
                                        text(a.more, axes), text(a.stride, axes)));
    }
    std::int64_t steps = 0;
    if (__builtin_mul_overflow(n - 1, a.stride[i], &steps) || steps >= most_elements) {
      refuse<ShapeError>(
          s, fmt::format("axis {} of the result must have fewer than 2^55 elements, got {} positions of stride "
                         "{}",
                         i + 2, n, a.stride[i]));
    }
    const std::int64_t extent = steps - a.around(i, taps) + reach + a.more[i];
    if (n < 1 || extent < 1) {
      refuse<ShapeError>(
          s, fmt::format("the result must have elements, got {} along axis {}: ({} − 1) · {} − 2 · {} + {} + {}",
                         extent, i + 2, n, a.stride[i], a.padding[i], reach, a.more[i]));
    }
    extents.push_back(extent);
    padded.push_back(extent + a.around(i, taps));
  }
  check_elements(s, padded);
  return checked_type(s, extents);
}

ConvolutionAttributes::Numbers output_padding(const ConvolutionAttributes& a, const Shape& x, const Shape& W) {
  Numbers more{};
  for (std::size_t i = 0; i + 2 < x.rank(); ++i) {
    const std::int64_t taps = W[i + 2];
    more[i] = (x[i + 2] + a.around(i, taps) - a.reach(i, taps)) % a.stride[i];
  }
  return more;
}

}  // namespace capstan
