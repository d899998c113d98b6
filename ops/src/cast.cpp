#include <string>
#include <type_traits>

#include <fmt/format.h>

#include <capstan/graph/op.hpp>
#include <capstan/ops/cast.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/tensor/threads.hpp>
#include <capstan/tensor/visit_dtype.hpp>

#include "copy_parts.hpp"

namespace capstan {

namespace {

/// Converts the elements. The word of a node is the dtype of the result.
class Cast final : public CallOp {
 public:
  std::string_view name() const noexcept override { return "cast"; }

  ArrayType infer(const Signature& s) const override { return {static_cast<DType>(s.words()[0]), s.shape(0)}; }

  void run(const CallArguments& call) const override {
    visit_dtype(call.inputs[0].dtype, [&call]<class From>(From) {
      visit_dtype(call.output.dtype, [&call]<class To>(To) {
        if constexpr (std::is_same_v<To, std::int32_t>) {
          to_whole<From>(call);
        } else {
          convert<From, To>(call);
        }
      });
    });
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    if (rule.needs(0)) dx[0] = cast(rule.dy(), rule.x().dtype());
  }

  void describe(Description& d, std::span<const Word> words) const override {
    d.add("dtype", std::string{name_of(static_cast<DType>(words[0]))});
  }

 private:
  template <Element From, Element To>
  static void convert(const CallArguments& call) {
    const From* const x = call.inputs[0].as<From>();
    To* const y = call.output.as<To>();
    const std::int64_t n = call.output.shape.elements();
    const std::int64_t parts = copy_parts(n * static_cast<std::int64_t>(sizeof(To)), call.threads);
    parallel_for(parts, call.threads, [=](std::int64_t part, int) {
      const auto [begin, end] = range_of(n, part, parts);
      for (std::int64_t i = begin; i < end; ++i) y[i] = static_cast<To>(x[i]);
    });
  }

  /// Runs on one thread, so that the error is about the first element that does not fit.
  template <Element From>
  static void to_whole(const CallArguments& call) {
    const From* const x = call.inputs[0].as<From>();
    auto* const y = call.output.as<std::int32_t>();
    const std::int64_t n = call.output.shape.elements();
    for (std::int64_t i = 0; i < n; ++i) {
      const auto number = static_cast<double>(x[i]);
      const bool fits = number > -2147483649.0 && number < 2147483648.0;  // NaN does not
      if (!fits) refuse(call, i, number);
      y[i] = static_cast<std::int32_t>(x[i]);
    }
  }

  [[noreturn]] static void refuse(const CallArguments& call, std::int64_t element, double number) {
    throw ValueError{fmt::format("cast: i32 cannot hold {}, element {} of x (row-major)\n  x: {} of {}\n  at {}",
                                 number, element, call.output.shape, call.inputs[0].dtype, place(call.where))};
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
