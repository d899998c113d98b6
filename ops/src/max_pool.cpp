// One pass finds the largest elements and where they were: a node of shape (2, …), of which two views are the value and
// the winners. Backward reads the winners, and x not again. The gradient of each of the ops below is made of the
// others.
#include <fmt/format.h>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

#include "per_axis.hpp"
#include "pool.hpp"

namespace capstan {

namespace {

enum : std::int64_t { value_half = 0, winner_half = 1 };

Var record_view(const Op& op, const Var& x, std::source_location where) {
  const Operand operand{x};
  return record(op, {&operand}, {}, where);
}

const Op& spread_over_halves() noexcept;

/// The view of one half. A gradient of both halves has that of the values in each, and the half of the values alone is
/// read; no gradient passes through the winners.
class HalfOfMaxPool final : public OpOf<View> {
 public:
  constexpr HalfOfMaxPool(std::string_view name, std::int64_t half) noexcept : name_{name}, half_{half} {}

  std::string_view name() const noexcept override { return name_; }
  ArrayType infer(const Signature& s) const override { return {s.dtype(0), Shape(s.shape(0).extents().subspan(1))}; }
  View made(const Types&, std::span<const Word>) const override {
    return {half_ == value_half ? &half<value_half> : &half<winner_half>};
  }
  void gradient(const Rule& rule, std::span<Var> dx) const override {
    if (half_ == value_half) dx[0] = record_view(spread_over_halves(), rule.dy(), rule.where());
  }

 private:
  template <std::int64_t which>
  static std::optional<Layout> half(const Layout& x, const Shape& y, std::span<const Word>) {
    const std::int64_t offset = y.elements() == 0 ? 0 : which * x.strides[0];
    return Layout{x.offset + offset, y, Strides(x.strides.begin() + 1, x.strides.end())};
  }

  std::string_view name_;
  std::int64_t half_;
};

constexpr HalfOfMaxPool values_op{"max_pool_values", value_half}, winners_op{"max_pool_winners", winner_half};

/// The gradient of the values as one of both halves. It takes no memory.
class SpreadOverHalves final : public OpOf<View> {
 public:
  std::string_view name() const noexcept override { return "max_pool_spread"; }

  ArrayType infer(const Signature& s) const override {
    Strides extents{2};
    extents.insert(extents.end(), s.shape(0).begin(), s.shape(0).end());
    return {s.dtype(0), Shape(extents)};
  }

  View made(const Types&, std::span<const Word>) const override {
    return {[](const Layout& x, const Shape& y, std::span<const Word>) -> std::optional<Layout> {
      Layout lies{x.offset, y, {0}};
      lies.strides.insert(lies.strides.end(), x.strides.begin(), x.strides.end());
      return lies;
    }};
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    dx[0] = record_view(values_op, rule.dy(), rule.where());
  }
};

constexpr SpreadOverHalves spread_op;

const Op& spread_over_halves() noexcept { return spread_op; }

Var record_gradient(const Var& dy, const Var& winners, const PoolAttributes& attributes, std::source_location where);
Var record_pick(const Var& x, const Var& winners, const PoolAttributes& attributes, std::source_location where);

/// dy, winners → dx: dy where the winners were, 0 elsewhere. It has the attributes of the pooling, with x's extents.
class MaxPoolGradient final : public CallOp {
 public:
  std::string_view name() const noexcept override { return "max_pool_gradient"; }
  void describe(Description& d, std::span<const Word> words) const override { describe_pool(d, words); }

  ArrayType infer(const Signature& s) const override {
    return {s.dtype(0), unpooled_shape(s.shape(0), s.attributes<PoolAttributes>())};
  }

  void run(const CallArguments& call) const override {
    if (call.output.shape.elements() == 0) return;
    const kernels::PoolGeometry g = geometry_of(call.output.shape, call.attributes<PoolAttributes>());
    with_pool_loops(call.output.dtype, [&]<class T>(const kernels::PoolLoops<T>& loops, T) {
      for_pool_parts(g, g.planes, call.threads, [&](Range planes) {
        loops.max_gradient(g, planes, call.inputs[0].as<T>(), call.inputs[1].as<T>(), call.output.as<T>());
      });
    });
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    if (rule.needs(0)) dx[0] = record_pick(rule.dy(), rule.input(1), rule.attributes<PoolAttributes>(), rule.where());
  }
};

/// x, winners → y: the elements of x where the winners were. It has the attributes of MaxPoolGradient.
class MaxPoolPick final : public CallOp {
 public:
  std::string_view name() const noexcept override { return "max_pool_pick"; }
  void describe(Description& d, std::span<const Word> words) const override { describe_pool(d, words); }
  ArrayType infer(const Signature& s) const override { return {s.dtype(0), s.shape(1)}; }

  void run(const CallArguments& call) const override {
    if (call.output.shape.elements() == 0) return;
    const kernels::PoolGeometry g = geometry_of(call.inputs[0].shape, call.attributes<PoolAttributes>());
    with_pool_loops(call.output.dtype, [&]<class T>(const kernels::PoolLoops<T>& loops, T) {
      for_pool_parts(g, g.out_rows(), call.threads, [&](Range rows) {
        loops.pick(g, rows, call.inputs[0].as<T>(), call.inputs[1].as<T>(), call.output.as<T>());
      });
    });
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    if (!rule.needs(0)) return;
    dx[0] = record_gradient(rule.dy(), rule.input(1), rule.attributes<PoolAttributes>(), rule.where());
  }
};

constexpr MaxPoolGradient gradient_op;
constexpr MaxPoolPick pick_op;

Var record_gradient(const Var& dy, const Var& winners, const PoolAttributes& attributes, std::source_location where) {
  const Operand from{dy}, at{winners};
  return record(gradient_op, {&from, &at}, to_words(attributes), where);
}

Var record_pick(const Var& x, const Var& winners, const PoolAttributes& attributes, std::source_location where) {
  const Operand from{x}, at{winners};
  return record(pick_op, {&from, &at}, to_words(attributes), where);
}

/// x → the largest elements, and the numbers of the taps that they were.
class MaxPool final : public CallOp {
 public:
  constexpr MaxPool(std::string_view name, std::size_t axes) noexcept : name_{name, axes} {}

  std::string_view name() const noexcept override { return name_.name; }
  const PoolName& pool_name() const noexcept { return name_; }
  void describe(Description& d, std::span<const Word> words) const override { describe_pool(d, words); }

  ArrayType infer(const Signature& s) const override {
    const DType dtype = s.common_dtype({"x"});
    const Shape y = pooled_shape(s, s.attributes<PoolAttributes>(), name_.axes);
    Strides extents{2};
    extents.insert(extents.end(), y.begin(), y.end());
    return {dtype, checked_shape(s, extents)};
  }

  void run(const CallArguments& call) const override {
    if (call.output.shape.elements() == 0) return;
    const kernels::PoolGeometry g = geometry_of(call.inputs[0].shape, call.attributes<PoolAttributes>());
    with_pool_loops(call.output.dtype, [&]<class T>(const kernels::PoolLoops<T>& loops, T) {
      T *const values = call.output.as<T>(), *const winners = values + call.output.shape.elements() / 2;
      for_pool_parts(g, g.out_rows(), call.threads,
                     [&](Range rows) { loops.max(g, rows, call.inputs[0].as<T>(), values, winners); });
    });
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    const Var dy = record_view(values_op, rule.dy(), rule.where());
    const Var winners = record_view(winners_op, rule.y(), rule.where());
    dx[0] =
        record_gradient(dy, winners, with_extents(rule.attributes<PoolAttributes>(), rule.x().shape()), rule.where());
  }

 private:
  PoolName name_;
};

constexpr MaxPool max1{"max_pool1d", 1}, max2{"max_pool2d", 2}, max3{"max_pool3d", 3};
constexpr MaxPool adaptive1{"adaptive_max_pool1d", 1}, adaptive2{"adaptive_max_pool2d", 2},
    adaptive3{"adaptive_max_pool3d", 3};

Var pool(const MaxPool& op, const Operand& x, const PoolAttributes& attributes, std::source_location where) {
  return record_view(values_op, record(op, {&x}, to_words(attributes), where), where);
}

Var pool(const MaxPool& op, const Operand& x, const MaxPoolOptions& options, std::source_location where) {
  const auto& [kernel, stride, padding] = options;
  return pool(op, x, pool_attributes(op.pool_name(), kernel, stride, padding, x, where), where);
}

Var pool(const MaxPool& op, const Operand& x, const AdaptivePoolOptions& options, std::source_location where) {
  return pool(op, x, adaptive_attributes(op.pool_name(), options.size, x, where), where);
}

}  // namespace

Var max_pool1d(const Operand& x, const MaxPoolOptions& options, std::source_location where) {
  return pool(max1, x, options, where);
}
Var max_pool2d(const Operand& x, const MaxPoolOptions& options, std::source_location where) {
  return pool(max2, x, options, where);
}
Var max_pool3d(const Operand& x, const MaxPoolOptions& options, std::source_location where) {
  return pool(max3, x, options, where);
}
Var adaptive_max_pool1d(const Operand& x, const AdaptivePoolOptions& options, std::source_location where) {
  return pool(adaptive1, x, options, where);
}
Var adaptive_max_pool2d(const Operand& x, const AdaptivePoolOptions& options, std::source_location where) {
  return pool(adaptive2, x, options, where);
}
Var adaptive_max_pool3d(const Operand& x, const AdaptivePoolOptions& options, std::source_location where) {
  return pool(adaptive3, x, options, where);
}

}  // namespace capstan
