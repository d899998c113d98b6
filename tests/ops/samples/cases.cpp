// From lines to cases: shapes, lays and numbers.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include <capstan/ops/views.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/tensor/rng.hpp>

#include "sample.hpp"

namespace samples {

using namespace capstan;

namespace {

using Shapes = std::vector<Shape>;

/// What an elementwise operation of so many inputs is tried on.
const std::vector<Shapes>& elementwise_shapes(std::size_t inputs) {
  static const std::vector<Shapes> one{{{3, 4}}, {{2, 3, 4}}, {{1, 1}}, {{}}, {{0, 4}}, {{7, 11}}};
  static const std::vector<Shapes> two{{{3, 4}, {3, 4}}, {{3, 4}, {1, 4}},    {{3, 4}, {3, 1}}, {{3, 1}, {3, 4}},
                                       {{3, 4}, {}},     {{}, {3, 4}},        {{4}, {3, 4}},    {{3, 1}, {1, 4}},
                                       {{1, 4}, {3, 1}}, {{2, 1, 4}, {3, 1}}, {{1, 1}, {1, 1}}, {{}, {}},
                                       {{0, 4}, {1, 4}}, {{3, 1}, {3, 0}}};
  static const std::vector<Shapes> three{{{3, 4}, {3, 4}, {3, 4}}, {{3, 4}, {1, 4}, {3, 1}}, {{3, 1}, {}, {1, 4}},
                                         {{}, {3, 4}, {4}},        {{4}, {2, 1, 1}, {3, 1}}, {{}, {}, {}},
                                         {{1, 1}, {1}, {1, 1}},    {{0, 4}, {1, 4}, {}}};
  return inputs == 1 ? one : inputs == 2 ? two : three;
}

std::vector<Shapes> shapes_of(const Sample& sample) {
  if (!sample.inputs[0].shape) return elementwise_shapes(sample.inputs.size());
  Shapes given;
  for (const Input& input : sample.inputs) given.push_back(*input.shape);
  return {given};
}

bool can_lie(const Shapes& shapes, Lay lay) {
  const auto has = [&](std::size_t rank) {
    return std::any_of(shapes.begin(), shapes.end(),
                       [&](const Shape& shape) { return shape.rank() >= rank && shape.elements() > 0; });
  };
  return lay == Lay::plain || has(lay == Lay::transposed ? 2 : 1);
}

Shape reversed(const Shape& shape) {
  std::vector<std::int64_t> extents(shape.begin(), shape.end());
  std::reverse(extents.begin(), extents.end());
  return Shape{extents};
}

/// The shape in memory of an input that is seen with that shape.
Shape stored(const Shape& seen, Lay lay) {
  std::vector<std::int64_t> extents(seen.begin(), seen.end());
  if (lay == Lay::transposed) return reversed(seen);
  if (lay == Lay::sliced)
    std::transform(extents.begin(), extents.end(), extents.begin(), [](auto n) { return 2 * n + 1; });
  if (lay == Lay::broadcast && !extents.empty() && extents[0] > 0) extents[0] = 1;
  return Shape{extents};
}

Var seen(const Var& x, const Shape& shape, Lay lay) {
  if (lay == Lay::transposed) return transpose(x);
  if (lay == Lay::broadcast) return broadcast_to(x, shape);
  Var y = x;
  for (std::size_t axis = 0; lay == Lay::sliced && axis < shape.rank(); ++axis) {
    y = slice(y, {.axis = static_cast<std::int64_t>(axis), .start = 1, .step = 2});
  }
  return y;
}

/// Distinct multiples of 0.2 around 0 in random order, moved by less than 0.2 so that each input has its own.
std::vector<double> apart(std::size_t count, std::size_t input, std::size_t inputs, Rng& rng) {
  std::vector<double> numbers(count);
  const double half = static_cast<double>(count / 2);
  const double shift = (static_cast<double>(input) + 0.35) / static_cast<double>(inputs);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = 0.2 * (static_cast<double>(i) - half + shift);
  for (std::size_t i = count; i > 1; --i) std::swap(numbers[i - 1], numbers[rng.below(i)]);
  return numbers;
}

Tensor draw(const Numbers& numbers, const Shape& shape, std::size_t input, std::size_t inputs, Rng& rng) {
  const auto count = static_cast<std::size_t>(shape.elements());
  std::vector<double> elements(count);
  if (numbers.kind == Numbers::Kind::apart) elements = apart(count, input, inputs, rng);
  for (std::size_t i = 0; i < count && numbers.kind != Numbers::Kind::apart; ++i) {
    elements[i] = numbers.low + (numbers.high - numbers.low) * rng.uniform();
    if (numbers.kind == Numbers::Kind::away && rng.below(2) == 0) elements[i] = -elements[i];
  }
  return Tensor::from(std::span<const double>{elements}, shape);
}

Case make_case(const Sample& sample, const Shapes& shapes, Lay lay, std::size_t number) {
  Case made{&sample, shapes, lay, {}};
  Rng rng{7, number};
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    made.inputs.push_back(draw(sample.inputs[i].numbers, stored(shapes[i], lay), i, shapes.size(), rng));
  }
  return made;
}

std::vector<Case> make_cases() {
  std::vector<Case> all;
  const auto add = [&all](const Sample& sample, const Shapes& shapes) {
    for (const Lay lay : {Lay::plain, Lay::transposed, Lay::sliced, Lay::broadcast}) {
      if (can_lie(shapes, lay)) all.push_back(make_case(sample, shapes, lay, all.size()));
    }
  };
  for (const auto* lines : {&elementwise(), &shaped(), &losses(), &contractions(), &convolutions()}) {
    for (const Sample& sample : *lines) {
      for (const Shapes& shapes : shapes_of(sample)) add(sample, shapes);
    }
  }
  return all;
}

std::string_view name_of(Lay lay) {
  switch (lay) {
    case Lay::plain:
      return "";
    case Lay::transposed:
      return ", transposed";
    case Lay::sliced:
      return ", sliced";
    case Lay::broadcast:
      return ", broadcast";
  }
  return "";
}

}  // namespace

Var Case::operator()(In x) const {
  std::vector<Var> operands;
  for (std::size_t i = 0; i < x.size(); ++i) operands.push_back(seen(x[i], shapes[i], lay));
  return sample->function(operands);
}

std::string Case::name() const {
  return fmt::format("{} of {}{}", sample->op, fmt::join(shapes, " and "), name_of(lay));
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all = make_cases();
  return all;
}

std::vector<Case> large_cases() {
  std::vector<Case> large;
  for (const Sample& sample : elementwise()) {
    const std::size_t inputs = sample.inputs.size();
    large.push_back(make_case(sample, Shapes(inputs, Shape{130, 1100}), Lay::plain, large.size()));
    if (inputs == 1) continue;
    Shapes broadcast(inputs, Shape{130, 1});
    broadcast[1] = Shape{1100};
    large.push_back(make_case(sample, broadcast, Lay::plain, large.size()));
  }
  return large;
}

Tensor cotangent(const Shape& shape, std::uint64_t seed) {
  Tensor drawn = Tensor::zeros(shape, DType::f64);
  Rng rng{seed};
  for (double& element : drawn.mutable_data<double>()) element = std::round(8.0 * rng.normal()) / 8.0;
  return drawn;
}

Results results(const Case& sample, const std::vector<Tensor>& inputs, const TapeOptions& options) {
  Tape tape{options};
  std::vector<Var> x;
  for (const Tensor& input : inputs) x.push_back(tape.variable(input));
  if (options.inference) return {sample(x).value(), {}};
  return results(sample, x, tape);
}

Results results(const Case& sample, In x, Tape& tape) {
  const Var y = sample(x);
  Results got{y.value(), {}};
  const Var dy = tape.constant(cotangent(y.shape(), 5).cast(y.dtype()));
  for (const Var& input : x) got.gradients.push_back(gradient(y, input, dy).value());
  return got;
}

}  // namespace samples
