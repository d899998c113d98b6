#include <cmath>

#include <fmt/format.h>

#include <capstan/graph/op.hpp>
#include <capstan/ops/cast.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/tensor/threads.hpp>

#include "copy_parts.hpp"

namespace capstan {

namespace {

/// Converts the elements. The word of a node is the dtype of the result.
class Cast final : public Op {
 public:
  std::string_view name() const noexcept override { return "cast"; }

  ArrayType infer(const Signature& s) const override { return {static_cast<DType>(s.words()[0]), s.shape(0)}; }

  void forward(const Forward& f) const override {
    switch (f.inputs[0].dtype) {
      case DType::f32:
        return from<float>(f);
      case DType::f64:
        return from<double>(f);
      case DType::i32:
        return from<std::int32_t>(f);
    }
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    if (rule.needs(0)) dx[0] = cast(rule.dy(), rule.x().dtype());
  }

 private:
  template <Element From>
  static void from(const Forward& f) {
    switch (f.output.dtype) {
      case DType::f32:
        return convert<From, float>(f);
      case DType::f64:
        return convert<From, double>(f);
      case DType::i32:
        return to_whole<From>(f);
    }
  }

  template <Element From, Element To>
  static void convert(const Forward& f) {
    const From* const x = f.inputs[0].as<From>();
    To* const y = f.output.as<To>();
    const std::int64_t n = f.output.shape.elements();
    const std::int64_t parts = copy_parts(n * static_cast<std::int64_t>(sizeof(To)), f.threads);
    parallel_for(parts, f.threads, [=](std::int64_t part, int) {
      const auto [begin, end] = range_of(n, part, parts);
      for (std::int64_t i = begin; i < end; ++i) y[i] = static_cast<To>(x[i]);
    });
  }

  /// Runs on one thread, so that the error is about the first element that does not fit.
  template <Element From>
  static void to_whole(const Forward& f) {
    const From* const x = f.inputs[0].as<From>();
    auto* const y = f.output.as<std::int32_t>();
    const std::int64_t n = f.output.shape.elements();
    for (std::int64_t i = 0; i < n; ++i) {
      const auto number = static_cast<double>(x[i]);
      const bool fits = number > -2147483649.0 && number < 2147483648.0;  // NaN does not
      if (!fits) refuse(f, i, number);
      y[i] = static_cast<std::int32_t>(x[i]);
    }
  }

  [[noreturn]] static void refuse(const Forward& f, std::int64_t element, double number) {
    throw ValueError{fmt::format("cast: i32 cannot hold {}, element {} of x (row-major)\n  x: {} of {}\n  at {}",
                                 number, element, f.output.shape, f.inputs[0].dtype, place(f.where))};
  }
};

constexpr Cast cast_op;

}  // namespace

Var cast(const Operand& x, DType dtype, std::source_location where) {
  if (x.kind() == Operand::Kind::var && x.var().dtype() == dtype) return x.var();
  const auto word = static_cast<Word>(dtype);
  return record(cast_op, {&x}, {&word, 1}, where);
}

}  // namespace capstan
