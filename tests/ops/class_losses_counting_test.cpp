// Losses over classes: what is counted, what is not looked at, and what NaN and infinities do.
#include <capstan/ops/losses.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <source_location>

#include <capstan/graph/tape.hpp>
#include <capstan/ops/activations.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/elementwise.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/softmax.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "numbers.hpp"

using namespace capstan;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

using Loss = Var (*)(const Operand&, const Operand&, const CrossEntropyOptions&, std::source_location);
constexpr Loss losses[] = {cross_entropy, categorical_cross_entropy};

Var apply(Loss loss, const Var& x, const Tensor& target, const CrossEntropyOptions& options = {}) {
  return loss(x, target, options, std::source_location::current());
}

bool all_finite(const Tensor& x) {
  for (const double each : elements(x))
    if (!std::isfinite(each)) return false;
  return true;
}

}  // namespace

TEST_CASE("The mean of losses of probabilities divides by the number of examples, weights or not") {
  Rng rng{39};
  const Tensor x0 = Tensor::uniform({3, 4}, rng, {.low = 0.1, .dtype = DType::f64});
  const Tensor t0 = Tensor::uniform({3, 4}, rng, {.dtype = DType::f64});
  for (const Tensor& class_weights : {Tensor{}, Tensor::from({0.5, 2.0, 0.0}, {3}), Tensor::zeros({3}, DType::f64)}) {
    for (const Loss loss : losses) {
      Tape tape;
      const Var x = tape.variable(x0, "x"), t = tape.variable(t0, "t");
      const auto cost = [&](Reduction reduction) {
        return loss(x, t, {.reduction = reduction, .label_smoothing = 0.1, .class_weights = class_weights},
                    std::source_location::current());
      };
      const Var mean = cost(Reduction::mean), sum = cost(Reduction::sum);
      REQUIRE(mean.item() == Approx(sum.item() / 4.0).epsilon(1e-15));
      for (const Var& input : {x, t}) {
        const Numbers of_mean = elements(gradient(mean, input).value()),
                      of_sum = elements(gradient(sum, input).value());
        for (std::size_t i = 0; i < of_mean.size(); ++i) REQUIRE(of_mean[i] == Approx(of_sum[i] / 4.0).epsilon(1e-13));
      }
    }
  }
}

TEST_CASE("If the weights of all labels are 0 nothing is counted: cost 0, gradients 0, with smoothing too") {
  const Tensor labels = Tensor::from({0, 0}, {2});
  for (const DType dtype : {DType::f32, DType::f64}) {
    for (const Tensor& weights : {Tensor::from({0.0, 1.0, 3.0}, {3}), Tensor::zeros({3}, DType::f64)}) {
      for (const double smoothing : {0.0, 0.1, 1.0}) {
        Tape tape;
        const Var z = tape.variable(Tensor::from({1.0, 2.0, 3.0, -1.0, 0.0, 0.5}, {3, 2}).cast(dtype), "z");
        const CrossEntropyOptions options{.label_smoothing = smoothing, .class_weights = weights.cast(dtype)};
        for (const Var& cost : {cross_entropy(z, labels, options), categorical_cross_entropy(abs(z), labels, options),
                                categorical_cross_entropy(softmax(z, {.axis = 0}), labels, options)}) {
          REQUIRE(cost.item() == 0.0);
          const Var dz = gradient(cost, z);
          REQUIRE(elements(dz.value()) == Numbers(6, 0.0));
          REQUIRE(elements(gradient(sum(dz * z), z).value()) == Numbers(6, 0.0));
        }
      }
    }
  }
}

TEST_CASE("NaN goes through losses over classes, also where the target or the weight is 0") {
  const Tensor labels = Tensor::from({0, 1}, {2}), weights = Tensor::from({1.0, 0.0, 1.0}, {3});
  const Tensor row_of_zeros = Tensor::from({1.0, 0.0, 0.0, 0.0, 0.0, 0.0}, {3, 2});
  for (const DType dtype : {DType::f32, DType::f64}) {
    for (std::int64_t k = 0; k < 3; ++k) {
      Tensor bad = Tensor::from({0.1, 0.2, 0.5, 0.3, 0.4, 0.5}, {3, 2}).cast(dtype);
      bad.set({k, 1}, nan_value);
      for (const Reduction reduction : {Reduction::none, Reduction::sum, Reduction::mean}) {
        CAPTURE(k, static_cast<int>(reduction));
        Tape tape;
        const Var x = tape.variable(bad, "x"), p = softmax(x, {.axis = 0});
        const CrossEntropyOptions plain{.reduction = reduction},
            weighted{.reduction = reduction, .class_weights = weights.cast(dtype)};
        const Tensor given = row_of_zeros.cast(dtype);
        for (const Var& loss :
             {cross_entropy(x, labels, weighted), cross_entropy(x, given, plain),
              categorical_cross_entropy(x, labels, weighted), categorical_cross_entropy(x, given, plain),
              categorical_cross_entropy(p, labels, weighted)}) {
          const Numbers got = elements(loss.value());
          REQUIRE(std::isnan(got.back()));
          if (reduction == Reduction::none) REQUIRE(std::isfinite(got.front()));
          const Tensor dx = gradient(sum(loss), x).value();
          REQUIRE(std::isnan(dx.at({k, 1})));
          REQUIRE(std::isfinite(dx.at({k, 0})));
        }
      }
    }
  }
}

TEST_CASE("A logit of -inf costs nothing where the target is 0, and its gradients stay finite") {
  const Tensor labels = Tensor::from({0, 1}, {2});
  const Tensor given = Tensor::from({1.0, 0.25, 0.0, 0.75, 0.0, 0.0}, {3, 2});
  for (const DType dtype : {DType::f32, DType::f64}) {
    Tape tape;
    const Var z = tape.variable(Tensor::from({0.0, 1.0, 0.0, 1.0, -infinity, -infinity}, {3, 2}).cast(dtype), "z");
    const CrossEntropyOptions each{.reduction = Reduction::none};
    for (const Var& loss : {cross_entropy(z, labels, each), cross_entropy(z, given.cast(dtype), each)}) {
      for (const double one : elements(loss.value())) REQUIRE(one == Approx(std::log(2.0)).epsilon(1e-6));
      const Var dz = gradient(loss, z);
      REQUIRE(dz.value().at({2, 0}) == 0.0);
      REQUIRE(all_finite(dz.value()));
      REQUIRE(all_finite(gradient(sum(square(dz)), z).value()));
    }
  }
}

TEST_CASE("An ignored example is not looked at, in gradients and their gradients either") {
  const Tensor labels = Tensor::from({0, -100}, {2});
  const Tensor good = Tensor::from({0.1, 0.2, 0.5, 0.3, 0.4, 0.5}, {3, 2});
  for (const double special : {nan_value, infinity, -infinity}) {
    Tensor bad = good.copy();
    bad.set({1, 1}, special);
    for (const Loss loss : losses) {
      const auto numbers = [&](const Tensor& x0) {
        Tape tape;
        const Var x = tape.variable(x0, "x");
        const Var cost = apply(loss, x, labels, {.label_smoothing = 0.1}), dx = gradient(cost, x);
        Numbers result = elements(dx.value());
        result.push_back(cost.item());
        for (const double each : elements(gradient(sum(square(dx)), x).value())) result.push_back(each);
        return result;
      };
      REQUIRE(numbers(bad) == numbers(good));
    }
  }
}

TEST_CASE("Elementwise losses let NaN through beside every target, and stay finite where an infinite logit is right") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    for (const double target : {0.0, 0.5, 1.0}) {
      Tape tape;
      const Var x = tape.variable(Tensor::full({2}, nan_value, dtype), "x");
      const Tensor y = Tensor::full({2}, target, dtype);
      for (const Var& loss : {binary_cross_entropy(x, y), binary_cross_entropy(sigmoid(x), y),
                              binary_cross_entropy_with_logits(x, y), mean_squared_error(x, y)}) {
        REQUIRE(std::isnan(loss.item()));
        REQUIRE(std::isnan(gradient(loss, x).value().at({1})));
      }
    }
    Tape tape;
    const Var z = tape.variable(Tensor::from({infinity, -infinity}, {2}).cast(dtype), "z");
    const Tensor right = Tensor::from({1.0, 0.0}, {2}).cast(dtype);
    for (const Var& loss : {binary_cross_entropy(sigmoid(z), right), binary_cross_entropy_with_logits(z, right)}) {
      REQUIRE(loss.item() == 0.0);
      REQUIRE(elements(gradient(loss, z).value()) == Numbers{0.0, 0.0});
    }
  }
}
