#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <capstan/graph/op.hpp>
#include <capstan/ops/images.hpp>
#include <capstan/tensor/cut_work.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/tensor/sizes.hpp>
#include <capstan/tensor/threads.hpp>
#include <capstan/tensor/visit_dtype.hpp>

#include "per_axis.hpp"

namespace capstan {

namespace {

constexpr std::size_t height_axis = 2, width_axis = 3;

struct ResizeAttributes {
  std::array<std::int64_t, 2> size{};
  std::array<double, 2> scale{};  ///< 0 if the size was given
  std::int64_t is_bilinear = 0, aligns_corners = 0;
  std::array<std::int64_t, 2> in{};  ///< x's height and width, for the gradient alone
};

/// An element between two of x: `second` has the weight, `first` the rest. Where the weight is 0 there is no second.
struct Between {
  std::int64_t first, second;
  double weight;
};

/// One axis.
struct Resampling {
  std::int64_t in, out;
  double scale;
  bool is_bilinear, aligns_corners;

  Between operator[](std::int64_t i) const noexcept {
    if (!is_bilinear) return {nearest(i), 0, 0.0};
    const double at = source(i);
    const auto first = std::min(static_cast<std::int64_t>(at), in - 1);
    const double weight = first + 1 < in ? at - static_cast<double>(first) : 0.0;
    return {first, first + 1, weight};
  }

 private:
  std::int64_t nearest(std::int64_t i) const noexcept {
    const double at = scale > 0.0
                          ? static_cast<double>(i) / scale
                          : std::floor(static_cast<double>(i) * static_cast<double>(in) / static_cast<double>(out));
    return std::min(static_cast<std::int64_t>(at), in - 1);
  }

  /// The position in x, of which the centre of the first element is 0.
  double source(std::int64_t i) const noexcept {
    const auto position = static_cast<double>(i), from = static_cast<double>(in), to = static_cast<double>(out);
    if (aligns_corners) return out == 1 ? 0.0 : position * (from - 1.0) / (to - 1.0);
    const double centre = scale > 0.0 ? (position + 0.5) / scale : (position + 0.5) * from / to;
    return std::clamp(centre - 0.5, 0.0, from - 1.0);
  }
};

Resampling resampling(const ResizeAttributes& a, std::size_t axis, std::int64_t in, std::int64_t out) {
  return {in, out, a.scale[axis], a.is_bilinear != 0, a.aligns_corners != 0};
}

/// Both axes, for planes of x of that height and width. The columns' places are computed once a call.
struct Resizing {
  Resampling rows, columns;
  std::span<const Between> column;

  Resizing(const ResizeAttributes& a, const Shape& x, const Shape& y, void* scratch)
      : rows{resampling(a, 0, x[height_axis], y[height_axis])},
        columns{resampling(a, 1, x[width_axis], y[width_axis])} {
    auto* const places = static_cast<Between*>(scratch);
    for (std::int64_t j = 0; j < columns.out; ++j) places[j] = columns[j];
    column = {places, static_cast<std::size_t>(columns.out)};
  }
};

std::size_t bytes_of_places(std::int64_t columns) {
  return multiply_sizes(static_cast<std::size_t>(columns), sizeof(Between));
}

template <class T>
T mixed(const T* x, const Between& at, std::int64_t step) noexcept {
  if (at.weight == 0.0) return x[at.first * step];
  const T weight = static_cast<T>(at.weight);
  return (T{1} - weight) * x[at.first * step] + weight * x[at.second * step];
}

/// A row of y, of a plane of x.
template <class T>
void resize_row(const Resizing& r, std::int64_t row, const T* x, T* y) noexcept {
  const Between at = r.rows[row];
  const T *const first = x + at.first * r.columns.in, *const second = x + at.second * r.columns.in;
  const T weight = static_cast<T>(at.weight);
  for (std::int64_t j = 0; j < r.columns.out; ++j) {
    const Between& column = r.column[static_cast<std::size_t>(j)];
    y[j] = mixed(first, column, 1);
    if (at.weight != 0.0) y[j] = (T{1} - weight) * y[j] + weight * mixed(second, column, 1);
  }
}

/// Adds dy, times a weight, to the elements of a row of dx that it was made of.
template <class T>
void unmix_row(const Resizing& r, const T* dy, T weight, T* dx) noexcept {
  for (std::int64_t j = 0; j < r.columns.out; ++j) {
    const Between& at = r.column[static_cast<std::size_t>(j)];
    const T share = dy[j] * weight, second = static_cast<T>(at.weight);
    dx[at.first] += at.weight == 0.0 ? share : share * (T{1} - second);
    if (at.weight != 0.0) dx[at.second] += share * second;
  }
}

/// A plane of dx.
template <class T>
void unresize_plane(const Resizing& r, const T* dy, T* dx) noexcept {
  std::fill_n(dx, r.rows.in * r.columns.in, T{0});
  for (std::int64_t i = 0; i < r.rows.out; ++i, dy += r.columns.out) {
    const Between at = r.rows[i];
    const T second = static_cast<T>(at.weight);
    unmix_row(r, dy, T{1} - second, dx + at.first * r.columns.in);
    if (at.weight != 0.0) unmix_row(r, dy, second, dx + at.second * r.columns.in);
  }
}

const Op& resize_op() noexcept;

void describe_resize(Description& d, std::span<const Word> words) {
  const auto attributes = from_words<ResizeAttributes>(words);
  if (attributes.scale[0] == 0.0) {
    d.add("size", std::vector<std::int64_t>(attributes.size.begin(), attributes.size.end()));
  } else {
    d.add("scale_of_height", attributes.scale[0]);
    d.add("scale_of_width", attributes.scale[1]);
  }
  d.add("mode", std::string{attributes.is_bilinear != 0 ? "bilinear" : "nearest"});
  d.add("align_corners", attributes.aligns_corners != 0);
}

class ResizeGradient final : public CallOp {
 public:
  std::string_view name() const noexcept override { return "resize_gradient"; }
  void describe(Description& d, std::span<const Word> words) const override { describe_resize(d, words); }

  ArrayType infer(const Signature& s) const override {
    const Shape& dy = s.shape(0);
    const auto in = s.attributes<ResizeAttributes>().in;
    return {s.dtype(0), Shape{dy[0], dy[1], in[0], in[1]}};
  }

  Call made(const Types& types, std::span<const Word>) const override {
    return {.scratch_bytes = bytes_of_places(types.shape(0)[width_axis])};
  }

  void run(const CallArguments& call) const override {
    const Shape &dy = call.inputs[0].shape, &x = call.output.shape;
    if (x.elements() == 0) return;
    const Resizing resizing{call.attributes<ResizeAttributes>(), x, dy, call.scratch};
    const std::int64_t planes = x[0] * x[1], in_plane = x.elements() / planes, out_plane = dy.elements() / planes;
    const double touched = static_cast<double>(x.elements()) + 4.0 * static_cast<double>(dy.elements());
    const std::int64_t parts = std::min(planes, count_parts(work::element * touched, call.threads));
    visit_floating(call.output.dtype, [&]<class T>(T) {
      parallel_for(parts, call.threads, [&](std::int64_t part, int) {
        const auto [begin, end] = range_of(planes, part, parts);
        for (std::int64_t p = begin; p < end; ++p) {
          unresize_plane(resizing, call.inputs[0].as<T>() + p * out_plane, call.output.as<T>() + p * in_plane);
        }
      });
    });
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    auto attributes = rule.attributes<ResizeAttributes>();
    attributes.in = {};
    const Operand u{rule.dy()};
    dx[0] = record(resize_op(), {&u}, to_words(attributes), rule.where());
  }
};

constexpr ResizeGradient resize_gradient;

class Resize final : public CallOp {
 public:
  std::string_view name() const noexcept override { return "resize"; }
  void describe(Description& d, std::span<const Word> words) const override { describe_resize(d, words); }

  ArrayType infer(const Signature& s) const override {
    const DType dtype = s.common_dtype({"x"});
    const auto attributes = s.attributes<ResizeAttributes>();
    const Shape& x = s.shape(0);
    if (x.rank() != 4) {
      throw ShapeError{s.message(fmt::format("x must be (examples, channels, height, width), got {}", x), {"x"})};
    }
    const Strides extents{x[0], x[1], extent(s, attributes, 0), extent(s, attributes, 1)};
    return {dtype, checked_shape(s, extents)};
  }

  Call made(const Types& types, std::span<const Word>) const override {
    return {.scratch_bytes = bytes_of_places(types.output.shape->begin()[width_axis])};
  }

  void run(const CallArguments& call) const override {
    const Shape &x = call.inputs[0].shape, &y = call.output.shape;
    if (y.elements() == 0) return;
    const Resizing resizing{call.attributes<ResizeAttributes>(), x, y, call.scratch};
    const std::int64_t in_plane = x[height_axis] * x[width_axis], columns = y[width_axis],
                       rows = y.elements() / columns;
    const double touched = 4.0 * static_cast<double>(y.elements());
    const std::int64_t parts = std::min(rows, count_parts(work::element * touched, call.threads));
    visit_floating(call.output.dtype, [&]<class T>(T) {
      parallel_for(parts, call.threads, [&](std::int64_t part, int) {
        const auto [begin, end] = range_of(rows, part, parts);
        for (std::int64_t row = begin; row < end; ++row) {
          resize_row(resizing, row % y[height_axis], call.inputs[0].as<T>() + row / y[height_axis] * in_plane,
                     call.output.as<T>() + row * columns);
        }
      });
    });
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    auto attributes = rule.attributes<ResizeAttributes>();
    const Shape& x = rule.x().shape();
    attributes.in = {x[height_axis], x[width_axis]};
    const Operand dy{rule.dy()};
    dx[0] = record(resize_gradient, {&dy}, to_words(attributes), rule.where());
  }

 private:
  /// The extent of an axis of the result.
  static std::int64_t extent(const Signature& s, const ResizeAttributes& a, std::size_t i) {
    const std::int64_t in = s.shape(0)[height_axis + i];
    const auto axis = height_axis + i;
    if (in < 1) throw ShapeError{s.message(fmt::format("axis {} must have a position, got none", axis), {"x"})};
    if (a.scale[i] == 0.0) return a.size[i];
    const double scaled = std::floor(static_cast<double>(in) * a.scale[i]);
    constexpr double most = 0x1p62;
    if (scaled >= 1.0 && scaled <= most) return static_cast<std::int64_t>(scaled);
    throw ShapeError{s.message(
        fmt::format("{} times axis {}, which has {} positions, must be at least 1 and at most what 63 bits count",
                    a.scale[i], axis, in),
        {"x"})};
  }
};

constexpr Resize resize_object;

const Op& resize_op() noexcept { return resize_object; }

}  // namespace

Var resize(const Operand& x, const ResizeOptions& options, std::source_location where) {
  const auto refuse = [&](std::string_view rule) { throw ValueError{refusal("resize", rule, {{"x", x}}, where)}; };
  const bool has_scale = options.scale[0] != 0.0 || options.scale[1] != 0.0;
  if (has_scale != options.size.empty()) refuse("give either size or scale");
  if (options.align_corners && options.mode == ResizeMode::nearest)
    refuse("align_corners is for ResizeMode::bilinear alone");
  ResizeAttributes attributes{.is_bilinear = options.mode == ResizeMode::bilinear ? 1 : 0,
                              .aligns_corners = options.align_corners ? 1 : 0};
  if (!has_scale) check_one_for_each("resize", 2, {{"size", options.size, false}}, x, where);
  for (std::size_t i = 0; i < 2; ++i) {
    attributes.size[i] = has_scale ? 0 : options.size[i];
    attributes.scale[i] = options.scale[i];
    if (has_scale && !(options.scale[i] > 0.0 && std::isfinite(options.scale[i]))) {
      refuse(fmt::format("scale must be positive and finite, got {} for axis {}", options.scale[i], height_axis + i));
    }
    if (!has_scale && options.size[i] < 1) {
      refuse(fmt::format("size must be at least 1, got {} for axis {}", options.size[i], height_axis + i));
    }
  }
  return record(resize_object, {&x}, to_words(attributes), where);
}

}  // namespace capstan
