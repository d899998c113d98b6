#include <array>

#include <capstan/tensor/error.hpp>

#include "pool.hpp"

namespace capstan {

namespace {

const Op& average_pool(const Shape& x, const PoolAttributes& attributes) noexcept;

/// The gradient of an average pooling, with its attributes and x's extents.
class AveragePoolGradient final : public CallOp {
 public:
  std::string_view name() const noexcept override { return "avg_pool_gradient"; }
  void describe(Description& d, std::span<const Word> words) const override { describe_pool(d, words); }

  ArrayType infer(const Signature& s) const override {
    return {s.dtype(0), unpooled_shape(s.shape(0), s.attributes<PoolAttributes>())};
  }

  void run(const CallArguments& call) const override {
    if (call.output.shape.elements() == 0) return;
    const auto attributes = call.attributes<PoolAttributes>();
    const kernels::PoolGeometry g = geometry_of(call.output.shape, attributes);
    with_pool_loops(call.output.dtype, [&]<class T>(const kernels::PoolLoops<T>& loops, T) {
      for_pool_parts(g, g.planes, call.threads, [&](Range planes) {
        loops.average_gradient(g, planes, attributes.counts_padding != 0, call.inputs[0].as<T>(), call.output.as<T>());
      });
    });
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    auto attributes = rule.attributes<PoolAttributes>();
    attributes.in = {};
    const Operand u{rule.dy()};
    dx[0] = record(average_pool(rule.dy().shape(), attributes), {&u}, to_words(attributes), rule.where());
  }
};

constexpr AveragePoolGradient average_pool_gradient;

class AveragePool final : public CallOp {
 public:
  constexpr AveragePool(std::string_view name, std::size_t axes) noexcept : name_{name, axes} {}

  std::string_view name() const noexcept override { return name_.name; }
  const PoolName& pool_name() const noexcept { return name_; }
  void describe(Description& d, std::span<const Word> words) const override { describe_pool(d, words); }

  ArrayType infer(const Signature& s) const override {
    const DType dtype = s.common_dtype({"x"});
    return {dtype, pooled_shape(s, s.attributes<PoolAttributes>(), name_.axes)};
  }

  void run(const CallArguments& call) const override {
    if (call.output.shape.elements() == 0) return;
    const auto attributes = call.attributes<PoolAttributes>();
    const kernels::PoolGeometry g = geometry_of(call.inputs[0].shape, attributes);
    with_pool_loops(call.output.dtype, [&]<class T>(const kernels::PoolLoops<T>& loops, T) {
      for_pool_parts(g, g.out_rows(), call.threads, [&](Range rows) {
        loops.average(g, rows, attributes.counts_padding != 0, call.inputs[0].as<T>(), call.output.as<T>());
      });
    });
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    const PoolAttributes attributes = with_extents(rule.attributes<PoolAttributes>(), rule.x().shape());
    const Operand dy{rule.dy()};
    dx[0] = record(average_pool_gradient, {&dy}, to_words(attributes), rule.where());
  }

 private:
  PoolName name_;
};

constexpr AveragePool avg1{"avg_pool1d", 1}, avg2{"avg_pool2d", 2}, avg3{"avg_pool3d", 3};
constexpr AveragePool adaptive1{"adaptive_avg_pool1d", 1}, adaptive2{"adaptive_avg_pool2d", 2},
    adaptive3{"adaptive_avg_pool3d", 3};

const Op& average_pool(const Shape& x, const PoolAttributes& attributes) noexcept {
  static constexpr std::array<const AveragePool*, 3> plain{&avg1, &avg2, &avg3};
  static constexpr std::array<const AveragePool*, 3> adaptive{&adaptive1, &adaptive2, &adaptive3};
  return *(attributes.is_adaptive() ? adaptive : plain)[x.rank() - image_axes - 1];
}

Var pool(const AveragePool& op, const Operand& x, const AvgPoolOptions& options, std::source_location where) {
  PoolAttributes attributes =
      pool_attributes(op.pool_name(), options.kernel, options.stride, options.padding, x, where);
  attributes.counts_padding = options.count_include_pad ? 1 : 0;
  return record(op, {&x}, to_words(attributes), where);
}

Var pool(const AveragePool& op, const Operand& x, const AdaptivePoolOptions& options, std::source_location where) {
  // The windows of an adaptive pooling differ in size, and each is divided by its own.
  PoolAttributes attributes = adaptive_attributes(op.pool_name(), options.size, x, where);
  attributes.counts_padding = 0;
  return record(op, {&x}, to_words(attributes), where);
}

}  // namespace

Var avg_pool1d(const Operand& x, const AvgPoolOptions& options, std::source_location where) {
  return pool(avg1, x, options, where);
}
Var avg_pool2d(const Operand& x, const AvgPoolOptions& options, std::source_location where) {
  return pool(avg2, x, options, where);
}
Var avg_pool3d(const Operand& x, const AvgPoolOptions& options, std::source_location where) {
  return pool(avg3, x, options, where);
}
Var adaptive_avg_pool1d(const Operand& x, const AdaptivePoolOptions& options, std::source_location where) {
  return pool(adaptive1, x, options, where);
}
Var adaptive_avg_pool2d(const Operand& x, const AdaptivePoolOptions& options, std::source_location where) {
  return pool(adaptive2, x, options, where);
}
Var adaptive_avg_pool3d(const Operand& x, const AdaptivePoolOptions& options, std::source_location where) {
  return pool(adaptive3, x, options, where);
}

}  // namespace capstan
