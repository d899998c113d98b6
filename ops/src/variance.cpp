#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/squares.hpp>

#include "elementwise/chain.hpp"
#include "elementwise/squared_error.hpp"
#include "reduction.hpp"
#include "refold.hpp"

namespace capstan {

namespace {

using elementwise::chain;
using elementwise::chain_quotient;

/// The mean: the plain fold's or, where that is not finite, one that is recomputed with scaled numbers. Inputs: x, and
/// its plain mean with the axes kept.
class Centre final : public CallOp {
 public:
  std::string_view name() const noexcept override { return "centre"; }
  ArrayType infer(const Signature& s) const override { return {s.dtype(1), s.shape(1)}; }
  Call made(const Types&, std::span<const Word>) const override { return {.takes = {Call::Takes::any}}; }

  void run(const CallArguments& call) const override {
    refold(
        call, call.words,
        []<class T>(T plain) { return std::isfinite(plain) ? std::optional<T>{plain} : std::nullopt; },
        [](const Refold& again, auto) { return again.mean(); });
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    dx[0] = spread(rule, rule.dy() / reduced_count(rule.x().shape(), rule.words()));
  }

  void describe(Description& d, std::span<const Word> words) const override { describe_reduction(d, words); }
};

constexpr Centre centre_op;

/// The variance or its root. Inputs: x, its mean with the axes kept, and the plain sum of the squared distances. Words:
/// the correction, then those of the reduction. The derivative by the mean is 0, since the distances add up to 0.
class Spread final : public CallOp {
 public:
  enum class Kind { variance, stddev };
  explicit constexpr Spread(Kind kind) noexcept : kind_{kind} {}

  std::string_view name() const noexcept override { return kind_ == Kind::stddev ? "stddev" : "variance"; }
  ArrayType infer(const Signature& s) const override { return {s.dtype(2), s.shape(2)}; }
  Call made(const Types&, std::span<const Word>) const override { return {.takes = {Call::Takes::any}}; }

  void run(const CallArguments& call) const override {
    const double count = divisor(call.inputs[0].shape, call.words);
    const bool root = kind_ == Kind::stddev;
    refold(
        call, call.words.subspan(1),
        [=]<class T>(T total) -> std::optional<T> {
          const T variance = total / static_cast<T>(count);
          if (!squares_are_right(total) || !squares_are_right(variance)) return std::nullopt;
          return root ? std::sqrt(variance) : variance;
        },
        [=](const Refold& again, double centre) {
          return root ? again.stddev(centre, count) : again.variance(centre, count);
        });
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    const std::source_location where = rule.where();
    const Var each = chain_quotient(where, rule.dy(), divisor(rule.x().shape(), rule.words()));
    const Var share = beside_x(rule, each);
    if (kind_ == Kind::stddev) {
      const Var y = beside_x(rule, 0.5 * rule.y());
      const Var half_distance = 0.5 * rule.x() - 0.5 * rule.input(1);  // a distance may overflow, half of it does not
      dx[0] = chain(where, share, half_distance / y);
    } else {
      dx[0] = elementwise::apply<elementwise::SquaredErrorGradient>(where, share, rule.x(), rule.input(1));
    }
  }

  void describe(Description& d, std::span<const Word> words) const override {
    describe_reduction(d, words.subspan(1));
    d.add("correction", static_cast<std::int64_t>(words[0]));
  }

 private:
  /// Returns it in a shape that broadcasts to x's.
  static Var beside_x(const Rule& rule, const Var& reduced) {
    return aligned(reduced, rule.x().shape(), rule.words().subspan(1));
  }

  static double divisor(const Shape& x, std::span<const Word> words) {
    const std::int64_t count = x.elements() == 0 ? 0 : reduced_count(x, words.subspan(1));
    return static_cast<double>(std::max<std::int64_t>(count - static_cast<std::int64_t>(words[0]), 0));
  }

  Kind kind_;
};

constexpr Spread variance_op{Spread::Kind::variance};
constexpr Spread stddev_op{Spread::Kind::stddev};

/// Squares the distances from the mean and sums them: the mean of the squares less the square of the mean would cancel
/// where the mean is large.
Var spread_of(const Spread& op, const Operand& x, const VarianceOptions& options, std::source_location where) {
  const Composite whole{op.name(), {&x}, where};
  if (options.correction < 0) {
    throw ValueError{refusal(op.name(), fmt::format("correction must not be negative, got {}", options.correction),
                             {{"x", x}}, where)};
  }
  check_reduction(op.name(), x, {.axis = options.axis, .axes = options.axes}, where);
  const ReduceOptions kept{.axis = options.axis, .axes = options.axes, .keepdims = true};
  const ReduceOptions reduced{.axis = options.axis, .axes = options.axes, .keepdims = options.keepdims};
  const ReductionWords kept_words = reduction_words(op.name(), x, kept, where);
  const Operand plain = mean(x, kept, where);
  const Operand centre = record(centre_op, {&x, &plain}, {kept_words.data(), kept_words.size()}, where);
  const Operand total = sum(square(subtract(x, centre, where), where), reduced, where);
  boost::container::static_vector<Word, max_rank + 2> words{static_cast<Word>(options.correction)};
  const ReductionWords rest = reduction_words(op.name(), x, reduced, where);
  words.insert(words.end(), rest.begin(), rest.end());
  return record(op, {&x, &centre, &total}, {words.data(), words.size()}, where);
}

}  // namespace

Var variance(const Operand& x, const VarianceOptions& options, std::source_location where) {
  return spread_of(variance_op, x, options, where);
}

Var stddev(const Operand& x, const VarianceOptions& options, std::source_location where) {
  return spread_of(stddev_op, x, options, where);
}

}  // namespace capstan
