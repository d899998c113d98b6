// Losses over classes: cross_entropy and categorical_cross_entropy.
#include <capstan/ops/losses.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/softmax.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "numbers.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Probabilities whose columns sum to 1.
Tensor probabilities(const Shape& shape, Rng& rng) {
  Tape tape;
  return softmax(tape.constant(Tensor::normal(shape, rng, {.dtype = DType::f64}))).value();
}

}  // namespace

TEST_CASE("cross_entropy of labels is the logarithm of the label's softmax") {
  Rng rng{33};
  const Tensor z0 = Tensor::normal({4, 5}, rng, {.dtype = DType::f64});
  const Tensor labels = Tensor::from({0, 3, 1, 1, 2}, {5});
  Tape tape;
  const Var z = tape.variable(z0, "z");
  const Tensor p = softmax(z).value();
  const Numbers given = elements(cross_entropy(z, labels, {.reduction = Reduction::none}).value());
  double total = 0;
  for (std::int64_t i = 0; i < 5; ++i) {
    const double wanted = -std::log(p.at({static_cast<std::int64_t>(labels.at({i})), i}));
    REQUIRE(given[static_cast<std::size_t>(i)] == Approx(wanted).epsilon(1e-14));
    total += wanted;
  }
  REQUIRE(cross_entropy(z, labels).item() == Approx(total / 5).epsilon(1e-14));
  REQUIRE(cross_entropy(z, labels, {.reduction = Reduction::sum}).item() == Approx(total).epsilon(1e-14));
}

TEST_CASE("The gradient of cross_entropy is (A - Y)/m to rounding") {
  Rng rng{34};
  const std::int64_t classes = 10, m = 37;
  Tensor labels = Tensor::zeros({m}, DType::i32);
  for (std::int64_t i = 0; i < m; ++i) labels.set({i}, static_cast<double>(rng.below(classes)));
  Tape tape;
  const Var z = tape.variable(Tensor::normal({classes, m}, rng, {.stddev = 5, .dtype = DType::f64}), "z");
  const Gradients g = tape.backward(cross_entropy(z, labels));
  const Tensor a = softmax(z).value();
  for (std::int64_t k = 0; k < classes; ++k) {
    for (std::int64_t i = 0; i < m; ++i) {
      const double wanted =
          (a.at({k, i}) - (labels.at({i}) == static_cast<double>(k) ? 1.0 : 0.0)) / static_cast<double>(m);
      REQUIRE(std::fabs(g[z].at({k, i}) - wanted) <= 1e-17);
    }
  }
}

TEST_CASE("cross_entropy records one node, and its gradient one") {
  Tape tape;
  const Var z = tape.variable(Tensor::zeros({3, 4}), "z"), labels = tape.constant(Tensor::zeros({4}, DType::i32));
  const std::size_t before = tape.size();
  const Var cost = cross_entropy(z, labels);
  REQUIRE(tape.size() == before + 1);
  (void)gradient(cost, z);
  REQUIRE(tape.size() == before + 3);  // the gradient, and the number 1 that it starts from
}

TEST_CASE("cross_entropy of probabilities that are certain is that of labels, but for what the mean divides by") {
  Rng rng{35};
  const Tensor z0 = Tensor::normal({3, 4}, rng, {.dtype = DType::f64});
  const Tensor labels = Tensor::from({2, 0, 1, 2}, {4});
  Tensor certain = Tensor::zeros({3, 4}, DType::f64);
  for (std::int64_t i = 0; i < 4; ++i) certain.set({static_cast<std::int64_t>(labels.at({i})), i}, 1.0);
  const Tensor weights = Tensor::from({0.5, 2.0, 3.0}, {3});
  for (const Reduction reduction : {Reduction::mean, Reduction::sum, Reduction::none}) {
    for (const double smoothing : {0.0, 0.1, 1.0}) {
      for (const Tensor& class_weights : {Tensor{}, weights}) {
        const CrossEntropyOptions options{
            .reduction = reduction, .label_smoothing = smoothing, .class_weights = class_weights};
        Tape tape;
        const Var z = tape.variable(z0, "z");
        const Var a = cross_entropy(z, labels, options), b = cross_entropy(z, certain, options);
        // The mean divides by the weights of the labels, and by the number of examples where these are probabilities.
        const bool differs = reduction == Reduction::mean && class_weights.elements() > 0;
        const double factor = differs ? 4.0 / (3.0 + 0.5 + 2.0 + 3.0) : 1.0;
        const Numbers of_labels = elements(a.value()), of_certain = elements((b * factor).value());
        const Numbers da = elements(gradient(a, z).value()), db = elements(gradient(b * factor, z).value());
        REQUIRE(of_labels.size() == of_certain.size());
        for (std::size_t i = 0; i < of_labels.size(); ++i)
          REQUIRE(of_labels[i] == Approx(of_certain[i]).epsilon(1e-14));
        for (std::size_t i = 0; i < da.size(); ++i) REQUIRE(da[i] == Approx(db[i]).margin(1e-15));
      }
    }
  }
}

TEST_CASE("cross_entropy leaves ignored examples out of the sum, the count and the gradient") {
  for (const std::int64_t ignored : {std::int64_t{-100}, std::int64_t{1}}) {
    Rng rng{36};
    const Tensor z0 = Tensor::normal({3, 4}, rng, {.dtype = DType::f64});
    Tensor labels = Tensor::from({2, 0, 0, 2}, {4});
    labels.set({1}, static_cast<double>(ignored));
    const CrossEntropyOptions options{.ignore_index = ignored, .label_smoothing = 0.2};
    Tape tape;
    const Var z = tape.variable(z0, "z");
    const Var cost = cross_entropy(z, labels, options);
    const Tensor each =
        cross_entropy(z, labels, {.reduction = Reduction::none, .ignore_index = ignored, .label_smoothing = 0.2})
            .value();
    REQUIRE(each.at({1}) == 0.0);
    REQUIRE(cost.item() == Approx((each.at({0}) + each.at({2}) + each.at({3})) / 3).epsilon(1e-14));
    const Tensor dz = gradient(cost, z).value();
    for (std::int64_t k = 0; k < 3; ++k) REQUIRE(dz.at({k, 1}) == 0.0);
    REQUIRE(dz.at({0, 0}) != 0.0);
  }
}

TEST_CASE("If every label is ignored, the cost is 0 and so are the gradients, whatever the logits are") {
  Tape tape;
  Tensor bad = Tensor::zeros({3, 2});
  bad.set({1, 0}, std::numeric_limits<double>::quiet_NaN());
  bad.set({2, 1}, infinity);
  const Var z = tape.variable(bad, "z");
  const Tensor labels = Tensor::full({2}, -100, DType::i32);
  for (const Tensor& class_weights : {Tensor{}, Tensor::ones({3})}) {
    const Var cost = cross_entropy(z, labels, {.class_weights = class_weights});
    REQUIRE(cost.item() == 0.0);
    REQUIRE(elements(gradient(cost, z).value()) == Numbers(6, 0.0));
  }
  const Var p = tape.variable(Tensor::full({3, 2}, 0.25), "p");
  const Var cost = categorical_cross_entropy(p, labels);
  REQUIRE(cost.item() == 0.0);
  REQUIRE(elements(gradient(cost, p).value()) == Numbers(6, 0.0));
}

TEST_CASE("cross_entropy of no examples is 0") {
  Tape tape;
  const Var z = tape.variable(Tensor::zeros({3, 0}), "z");
  const Var cost = cross_entropy(z, Tensor::zeros({0}, DType::i32));
  REQUIRE(cost.item() == 0.0);
  REQUIRE(gradient(cost, z).value().shape() == Shape{3, 0});
  REQUIRE(cross_entropy(z, Tensor::zeros({3, 0})).item() == 0.0);
}

TEST_CASE("Class weights multiply the losses, and the mean divides by the weights of the labels") {
  Tape tape;
  const Var z = tape.variable(Tensor::from({1.0, -1.0, 0.5, 2.0, 0.0, 0.0}, {3, 2}), "z");
  const Tensor labels = Tensor::from({1, 2}, {2}), weights = Tensor::from({7.0, 2.0, 0.5}, {3});
  const Tensor plain = cross_entropy(z, labels, {.reduction = Reduction::none}).value();
  const Numbers given =
      elements(cross_entropy(z, labels, {.reduction = Reduction::none, .class_weights = weights}).value());
  REQUIRE(given[0] == Approx(2.0 * plain.at({0})).epsilon(1e-14));
  REQUIRE(given[1] == Approx(0.5 * plain.at({1})).epsilon(1e-14));
  REQUIRE(cross_entropy(z, labels, {.class_weights = weights}).item() ==
          Approx((given[0] + given[1]) / 2.5).epsilon(1e-14));
}

TEST_CASE("Label smoothing mixes the target with equal shares, each weighted by its class") {
  Tape tape;
  const Var z = tape.constant(Tensor::from({1.0, -1.0, 0.5}, {3, 1}));
  const Tensor label = Tensor::from({0}, {1}), weights = Tensor::from({7.0, 2.0, 0.5}, {3});
  const Tensor log_p = log_softmax(z).value();
  double shares = 0;
  for (std::int64_t k = 0; k < 3; ++k) shares -= weights.at({k}) * log_p.at({k, 0}) / 3;
  const double wanted = (0.9 * 7.0 * -log_p.at({0, 0}) + 0.1 * shares) / 7.0;
  REQUIRE(cross_entropy(z, label, {.label_smoothing = 0.1, .class_weights = weights}).item() ==
          Approx(wanted).epsilon(1e-14));
}

TEST_CASE("cross_entropy is right at infinite and large logits") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    Tape tape;
    const Var z = tape.variable(Tensor::from({infinity, 1e4, -infinity, 0.0, -1e4, 0.0}, {2, 3}).cast(dtype), "z");
    const auto losses = [&](const Tensor& labels) {
      return elements(cross_entropy(z, labels, {.reduction = Reduction::none}).value());
    };
    REQUIRE(losses(Tensor::from({0, 0, 1}, {3})) == Numbers{0, 0, 0});
    REQUIRE(losses(Tensor::from({1, 1, 0}, {3})) == Numbers{infinity, 2e4, infinity});
    const Var cost = cross_entropy(z, Tensor::from({1, 1, 0}, {3}), {.reduction = Reduction::sum});
    REQUIRE(elements(gradient(cost, z).value()) == Numbers{1, 1, -1, -1, -1, 1});
  }
}

TEST_CASE("categorical_cross_entropy after softmax is cross_entropy of the logits") {
  Rng rng{37};
  const Tensor labels = Tensor::from({2, 0, 1, 2}, {4});
  Tape tape;
  const Var z = tape.variable(Tensor::normal({3, 4}, rng, {.stddev = 30, .dtype = DType::f64}), "z");
  for (const std::int64_t axis : {0, -2}) {
    const Var a = softmax(z, {.axis = axis});
    const Var cost = categorical_cross_entropy(a, labels);
    REQUIRE(cost.item() == cross_entropy(z, labels).item());
    const Tensor dz = gradient(cost, z).value();
    for (std::int64_t k = 0; k < 3; ++k) {
      for (std::int64_t i = 0; i < 4; ++i) {
        const double y = labels.at({i}) == static_cast<double>(k) ? 1.0 : 0.0;
        REQUIRE(std::fabs(dz.at({k, i}) - (a.value().at({k, i}) - y) / 4) <= 1e-17);
      }
    }
  }
  REQUIRE_FALSE(is_on(tape, "categorical_cross_entropy"));
  (void)categorical_cross_entropy(softmax(z, {.axis = 1}), labels);  // these are not probabilities of classes
  REQUIRE(is_on(tape, "categorical_cross_entropy"));
}

TEST_CASE("The gradient by what softmax made is the textbook's dA, and leads on to dZ") {
  Rng rng{39};
  const Tensor z0 = Tensor::normal({3, 4}, rng, {.dtype = DType::f64});
  const Tensor labels = Tensor::from({2, 0, -100, 2}, {4}), given_targets = probabilities({3, 4}, rng);
  const Tensor weights = Tensor::from({0.5, 2.0, 1.25}, {3});
  for (const Tensor& target : {labels, given_targets}) {
    for (const Reduction reduction : {Reduction::mean, Reduction::sum, Reduction::none}) {
      for (const Tensor& class_weights : {Tensor{}, weights}) {
        const CrossEntropyOptions options{
            .reduction = reduction, .label_smoothing = 0.1, .class_weights = class_weights};
        Tape tape;
        const Var z = tape.variable(z0, "z"), a = softmax(z);
        const Var p = tape.variable(a.value(), "p");
        const Var loss = categorical_cross_entropy(a, target, options);
        const Var da = gradient(loss, a);
        const Numbers slope = elements(da.value());
        const Numbers wanted = elements(gradient(categorical_cross_entropy(p, target, options), p).value());
        for (std::size_t i = 0; i < slope.size(); ++i) REQUIRE(slope[i] == Approx(wanted[i]).epsilon(1e-14));
        const Numbers dz = elements(gradient(loss, z).value());
        const Numbers led_on = elements((a * (da - sum(da * a, {.axis = 0, .keepdims = true}))).value());
        for (std::size_t i = 0; i < dz.size(); ++i) REQUIRE(dz[i] == Approx(led_on[i]).margin(1e-14));
      }
    }
  }
}

TEST_CASE(
    "Gradients by the output of softmax and through it agree with central differences, at first and second order") {
  Rng rng{40};
  const Tensor z = Tensor::normal({3, 4}, rng, {.dtype = DType::f64}), t = probabilities({3, 4}, rng);
  const Tensor labels = Tensor::from({2, 0, -100, 2}, {4}), weights = Tensor::from({0.5, 2.0, 1.25}, {3});
  for (const CrossEntropyOptions& options : {CrossEntropyOptions{}, CrossEntropyOptions{.class_weights = weights}}) {
    const auto loss = [&](const Var& a, const Operand& target) {
      return categorical_cross_entropy(a, target, options) + sum(a * a);
    };
    check_orders([&](std::span<const Var> in) { return loss(softmax(in[0]), labels); }, {z});
    check_orders([&](std::span<const Var> in) { return loss(softmax(in[0]), in[1]); }, {z, t});
    const auto by_probability = [&](std::span<const Var> in) {
      const Var a = softmax(in[0]);
      return gradient(loss(a, labels), a);
    };
    check_orders(by_probability, {z});
  }
}

TEST_CASE("categorical_cross_entropy of probabilities is the textbook formula, cut at -100") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    Tape tape;
    const Var p = tape.variable(Tensor::from({0.5, 0.0, 1.0, 0.5, 1.0, 0.0}, {2, 3}).cast(dtype), "p");
    const Var loss = categorical_cross_entropy(p, Tensor::from({1, 0, 0}, {3}), {.reduction = Reduction::none});
    REQUIRE(loss.value().at({0}) == Approx(std::log(2.0)));
    REQUIRE(loss.value().at({1}) == 100.0);
    REQUIRE(loss.value().at({2}) == 0.0);
    const Tensor slope = gradient(loss, p).value();
    REQUIRE(slope.at({1, 0}) == -2.0);
    REQUIRE(slope.at({0, 0}) == 0.0);
    REQUIRE(slope.at({0, 1}) == Approx(-1e12));
    REQUIRE(slope.at({0, 2}) == -1.0);
  }
}

TEST_CASE("Gradients of losses over classes agree with central differences, at first and second order") {
  Rng rng{38};
  const Tensor z = Tensor::normal({3, 4}, rng, {.dtype = DType::f64});
  const Tensor p = probabilities({3, 4}, rng), t = probabilities({3, 4}, rng);
  const Tensor labels = Tensor::from({2, -100, 1, 0}, {4}), weights = Tensor::from({0.5, 2.0, 1.25}, {3});
  for (const Reduction reduction : {Reduction::mean, Reduction::sum, Reduction::none}) {
    for (const double smoothing : {0.0, 0.2}) {
      for (const Tensor& class_weights : {Tensor{}, weights}) {
        INFO("reduction " << static_cast<int>(reduction) << ", smoothing " << smoothing << ", weights "
                          << class_weights.elements());
        const CrossEntropyOptions options{
            .reduction = reduction, .label_smoothing = smoothing, .class_weights = class_weights};
        check_orders([&](std::span<const Var> in) { return cross_entropy(in[0], labels, options); }, {z});
        check_orders([&](std::span<const Var> in) { return cross_entropy(in[0], in[1], options); }, {z, t});
        check_orders([&](std::span<const Var> in) { return categorical_cross_entropy(in[0], labels, options); }, {p});
        check_orders([&](std::span<const Var> in) { return categorical_cross_entropy(in[0], in[1], options); }, {p, t});
      }
    }
  }
}

TEST_CASE("A label out of range is refused when the value is computed, by number, place and line") {
  Tape tape;
  const Var z = tape.variable(Tensor::zeros({10, 3}), "z");
  for (const int label : {10, -1}) {
    const Var cost = cross_entropy(z, Tensor::from({0, label, 9}, {3}));
    REQUIRE_THROWS_AS(cost.item(), IndexError);
    REQUIRE_THROWS_WITH(cost.item(),
                        ContainsSubstring("cross_entropy: label " + std::to_string(label) +
                                          " at position 1 is out of range for 10 classes; ignore_index is -100\n"
                                          "  logits: (10, 3)\n  target: (3)\n  at ") &&
                            ContainsSubstring("losses_test.cpp:"));
    REQUIRE_THROWS_AS(gradient(cost, z).value(), IndexError);
    const Var of_probabilities = categorical_cross_entropy(z, Tensor::from({0, label, 9}, {3}));
    REQUIRE_THROWS_WITH(of_probabilities.item(), ContainsSubstring("categorical_cross_entropy: label ") &&
                                                     ContainsSubstring("\n  probabilities: (10, 3)\n"));
  }
  REQUIRE(cross_entropy(z, Tensor::from({0, 255, 9}, {3}), {.ignore_index = 255}).item() == Approx(std::log(10.0)));
}

TEST_CASE("A refused loss over classes says why and leaves no trace") {
  Tape tape;
  const Var z = tape.variable(Tensor::zeros({3, 4}), "z");
  const Tensor labels = Tensor::zeros({4}, DType::i32);
  const std::size_t before = tape.size();
  REQUIRE_THROWS_AS(cross_entropy(z, Tensor::zeros({3}, DType::i32)), ShapeError);
  REQUIRE_THROWS_WITH(cross_entropy(z, Tensor::zeros({1, 4}, DType::i32)),
                      ContainsSubstring("cross_entropy: there must be one label for each of 4 examples, got (1, 4)") &&
                          ContainsSubstring("logits: variable \"z\" (3, 4)"));
  REQUIRE_THROWS_AS(cross_entropy(z, Tensor::zeros({4, 3})), ShapeError);
  REQUIRE_THROWS_WITH(
      cross_entropy(z, Tensor::zeros({4, 3})),
      ContainsSubstring("cross_entropy: probabilities must have the shape of logits, got (4, 3) and (3, 4)"));
  REQUIRE_THROWS_AS(cross_entropy(z, Tensor::zeros({3, 4}, DType::f64)), DTypeError);
  REQUIRE_THROWS_WITH(cross_entropy(z, Tensor::zeros({3, 4}, DType::f64)),
                      ContainsSubstring("the target must be labels of i32 or probabilities of f32, got f64"));
  REQUIRE_THROWS_AS(cross_entropy(z, labels, {.label_smoothing = 1.5}), ValueError);
  REQUIRE_THROWS_WITH(cross_entropy(z, labels, {.label_smoothing = -0.5}),
                      ContainsSubstring("cross_entropy: label_smoothing must be in [0, 1], got -0.5"));
  REQUIRE_THROWS_AS(cross_entropy(z, labels, {.label_smoothing = std::nan("")}), ValueError);
  REQUIRE_THROWS_AS(cross_entropy(z, Tensor::zeros({3, 4}), {.ignore_index = 0}), ValueError);
  REQUIRE_THROWS_WITH(cross_entropy(z, Tensor::zeros({3, 4}), {.ignore_index = 0}),
                      ContainsSubstring("cross_entropy: ignore_index goes with labels of i32, the target is f32"));
  REQUIRE_THROWS_AS(cross_entropy(z, labels, {.class_weights = Tensor::ones({4})}), ShapeError);
  REQUIRE_THROWS_WITH(cross_entropy(z, labels, {.class_weights = Tensor::ones({4})}),
                      ContainsSubstring("class_weights must have one weight for each of 3 classes, got (4)"));
  REQUIRE_THROWS_AS(cross_entropy(z, labels, {.class_weights = Tensor::ones({3}, DType::f64)}), DTypeError);
  for (const double wrong : {-0.5, std::nan(""), infinity}) {
    Tensor weights = Tensor::ones({3});
    weights.set({1}, wrong);
    REQUIRE_THROWS_AS(cross_entropy(z, labels, {.class_weights = weights}), ValueError);
    REQUIRE_THROWS_AS(categorical_cross_entropy(z, labels, {.class_weights = weights}), ValueError);
  }
  REQUIRE_THROWS_WITH(
      cross_entropy(z, labels, {.class_weights = Tensor::from({0.0f, 1.0f, -0.5f}, {3})}),
      ContainsSubstring("cross_entropy: class_weights must be finite and not negative, got -0.5 for class 2"
                        "\n  logits: variable \"z\" (3, 4)"));
  REQUIRE_THROWS_WITH(categorical_cross_entropy(z, Tensor::zeros({3}, DType::i32)),
                      ContainsSubstring("categorical_cross_entropy: there must be one label for each of 4 examples") &&
                          ContainsSubstring("probabilities: variable \"z\" (3, 4)"));
  REQUIRE(tape.size() == before);
  const Var flat = tape.constant(Tensor::zeros({4})), whole = tape.constant(Tensor::zeros({3, 4}, DType::i32));
  REQUIRE_THROWS_WITH(cross_entropy(flat, labels),
                      ContainsSubstring("cross_entropy: logits must have the shape (classes, examples), got (4)"));
  REQUIRE_THROWS_WITH(cross_entropy(whole, labels),
                      ContainsSubstring("cross_entropy: logits must be f32 or f64, got i32"));
  const Var many = tape.constant(Tensor::zeros({1, 1}).broadcast_to({(1 << 24) + 1, 1}));
  REQUIRE_THROWS_WITH(cross_entropy(many, Tensor::zeros({1}, DType::i32)),
                      ContainsSubstring("logits of f32 must have at most 16777216 classes, got 16777217; use f64"));
}

TEST_CASE("labels that are not i32 are told so, with the way on") {
  Tape tape;
  const Var z = tape.variable(Tensor::zeros({3, 4}), "z");
  const std::string rest = "\n  labels are i32, of shape (4): y.cast(DType::i32)";
  CHECK_THROWS_WITH(cross_entropy(z, Tensor::zeros({4})), ContainsSubstring(rest + "\n  at class_losses_test.cpp:"));
  CHECK_THROWS_WITH(cross_entropy(z, Tensor::zeros({4}, DType::f64)), ContainsSubstring(rest + "\n  at "));
  CHECK_THROWS_WITH(cross_entropy(z, Tensor::zeros({1, 4})), ContainsSubstring(rest + ".reshape({4})\n  at "));
  CHECK_THROWS_WITH(categorical_cross_entropy(softmax(z), Tensor::zeros({4})), ContainsSubstring(rest + "\n  at "));
  CHECK_THROWS_WITH(cross_entropy(z, Tensor::zeros({2, 4})), !ContainsSubstring("labels are i32"));
}
