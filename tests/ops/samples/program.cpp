#include "program.hpp"

#include <algorithm>
#include <array>
#include <ostream>

#include <capstan/ops/activations.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/concatenate.hpp>
#include <capstan/ops/elementwise.hpp>
#include <capstan/ops/matmul.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/softmax.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/rng.hpp>

namespace samples {

using namespace capstan;

namespace {

constexpr std::size_t most_axes = 4;
constexpr std::uint32_t most_nodes = 60;
constexpr std::uint32_t nodes_of_step = 16;  // at most, with what the sum at the end takes for its value

const std::vector<const Sample*>& smooth_lines() {
  static const std::vector<const Sample*> lines = [] {
    std::vector<const Sample*> found;
    for (const Sample& sample : elementwise()) {
      const bool smooth = std::none_of(sample.inputs.begin(), sample.inputs.end(),
                                       [](const Input& input) { return input.numbers.kind == Numbers::Kind::apart; });
      if (smooth) found.push_back(&sample);
    }
    return found;
  }();
  return lines;
}

std::int64_t most_elements(Size size) { return size == Size::small ? 64 : size == Size::large ? 4096 : 40'000; }

const Shape& shape_of(std::uint32_t leaf, Size size) {
  static const std::array<Shape, 8> small{Shape{3, 4}, Shape{4},    Shape{3, 1}, Shape{},
                                          Shape{4, 3}, Shape{4, 4}, Shape{1, 4}, Shape{2, 3, 4}};
  static const std::array<Shape, 8> large{Shape{3, 700}, Shape{700},   Shape{3, 1},   Shape{40, 33},
                                          Shape{33},     Shape{40, 1}, Shape{33, 40}, Shape{2, 3, 350}};
  static const std::array<Shape, 8> huge{Shape{30, 700}, Shape{700},    Shape{30, 1},   Shape{400, 66},
                                         Shape{66},      Shape{400, 1}, Shape{66, 400}, Shape{2, 30, 350}};
  return (size == Size::small ? small : size == Size::large ? large : huge)[leaf % 8];
}

bool stays_small(std::string_view op) {
  static constexpr std::array small{"cos",  "erf",  "negate", "sigmoid", "sin",      "tanh",
                                    "relu", "silu", "gelu",   "square",  "multiply", "where"};
  return std::find(small.begin(), small.end(), op) != small.end();
}

/// A value of [-1, 1] moved to where an operation is smooth.
Var move_to(const Numbers& numbers, const Var& x) {
  if (numbers.kind == Numbers::Kind::between && numbers.low <= -1.0 && numbers.high >= 1.0) return x;
  return numbers.low + (numbers.high - numbers.low) * sigmoid(x);
}

/// The values so far, and which of them nothing was made of yet.
class Graph {
 public:
  Graph(In x, Size size)
      : values_(x.begin(), x.end()), used_(x.size(), false), first_{x[0].id()}, most_elements_{most_elements(size)} {}

  /// Often a late value, so that graphs grow deep, else any, so that values are shared.
  Var take(std::uint32_t raw) {
    const std::size_t count = values_.size();
    return use((raw & 1u) != 0 ? raw / 2 % count : count - 1 - raw / 2 % std::min<std::size_t>(count, 3));
  }
  /// A value that fits, or `other` where there is none.
  template <class Fits>
  Var take_fitting(std::uint32_t raw, const Var& other, Fits fits) {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const std::size_t at = (raw + i) % values_.size();
      if (fits(values_[at].shape())) return use(at);
    }
    return other;
  }
  void add(const Var& made) {
    values_.push_back(holds(made.shape()) ? made : mean(made, {.axis = 0}));
    used_.push_back(false);
  }
  bool holds(const Shape& shape) const { return shape.elements() <= most_elements_; }
  const Var& last() const { return values_.back(); }
  bool full() const { return values_.back().id() - first_ + 2 * unused() + nodes_of_step > most_nodes; }
  Var total() const {
    Var sum_of_means;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (used_[i]) continue;
      sum_of_means = sum_of_means ? sum_of_means + mean(values_[i]) : mean(values_[i]);
    }
    return sum_of_means;
  }

 private:
  Var use(std::size_t at) {
    used_[at] = true;
    return values_[at];
  }
  std::uint32_t unused() const { return static_cast<std::uint32_t>(std::count(used_.begin(), used_.end(), false)); }

  std::vector<Var> values_;
  std::vector<bool> used_;
  std::uint32_t first_;
  std::int64_t most_elements_;
};

/// An operand, and for the further ones others that broadcast with those before.
std::vector<Var> operands_of(const Sample& sample, Graph& graph, const Step& step) {
  std::vector<Var> operands{graph.take(step.a)};
  Shape shape = operands[0].shape();
  const auto fits = [&](const Shape& other) {
    Shape both;
    return engine::broadcast(shape, other, both) && graph.holds(both);
  };
  for (std::uint32_t i = 1; i < sample.inputs.size(); ++i) {
    operands.push_back(graph.take_fitting(step.b + i * step.way, operands[0], fits));
    Shape both;
    engine::broadcast(shape, operands[i].shape(), both);
    shape = both;
  }
  return operands;
}

Var apply_elementwise(const Sample& sample, Graph& graph, const Step& step) {
  std::vector<Var> operands = operands_of(sample, graph, step);
  for (std::size_t i = 0; i < operands.size(); ++i) operands[i] = move_to(sample.inputs[i].numbers, operands[i]);
  const Var y = sample.function(operands);
  return stays_small(sample.op) ? y : tanh(y);
}

std::int64_t axis_of(const Var& x, std::uint32_t way) {
  const auto rank = static_cast<std::int64_t>(x.shape().rank());
  return static_cast<std::int64_t>(way) % (2 * rank) - rank;
}

Var product(Graph& graph, const Step& step) {
  const Var a = graph.take(step.a);
  if (a.shape().rank() == 0) return a * a;
  const std::int64_t columns = a.shape()[a.shape().rank() - 1];
  const Var b = graph.take_fitting(step.b, a.shape().rank() == 2 ? transpose(a) : Var{}, [&](const Shape& s) {
    return s.rank() > 0 && s.rank() + a.shape().rank() <= most_axes && s[s.rank() < 2 ? 0 : s.rank() - 2] == columns &&
           (s.rank() < 3 || a.shape().rank() < 3);
  });
  return b ? tanh(matmul(a, b)) : square(a);
}

Var reduction(const Var& x, std::uint32_t way) {
  const ReduceOptions along{.axis = axis_of(x, way), .keepdims = way % 3 == 0};
  switch (way / 8 % 5) {
    case 0:
      return tanh(sum(x, along));
    case 1:
      return mean(x, along);
    case 2:
      return variance(x, {.axis = along.axis, .keepdims = along.keepdims});
    case 3:
      return tanh(log_sum_exp(x, {.axis = *along.axis, .keepdims = along.keepdims}));
    default:
      return tanh(sum(x));
  }
}

Var view(const Var& x, std::uint32_t way) {
  const std::int64_t axis = axis_of(x, way);
  switch (way / 8 % 6) {
    case 0:
      return transpose(x);
    case 1:
      return reshape(x, {-1});
    case 2:
      return reshape(transpose(x), x.shape());
    case 3:
      return slice(x, {.axis = axis, .start = 0, .step = 2});
    case 4:
      return slice(x, {.axis = axis, .start = -1});
    default: {
      if (x.shape().rank() == most_axes) return negate(x);
      std::vector<std::int64_t> extents{2};
      extents.insert(extents.end(), x.shape().begin(), x.shape().end());
      return broadcast_to(x, Shape{extents});
    }
  }
}

Var join(Graph& graph, const Step& step) {
  const Var a = graph.take(step.a);
  const Var b = graph.take_fitting(step.b, a, [&](const Shape& s) { return s == a.shape(); });
  const std::vector<Var> both{a, b};
  if (a.shape().rank() == 0 || (step.way % 2 == 0 && a.shape().rank() < most_axes)) return stack(both);
  return concatenate(both, {.axis = axis_of(a, step.way / 2)});
}

Var apply(Graph& graph, const Step& step) {
  const std::size_t lines = smooth_lines().size();
  const std::size_t choice = step.op % (2 * lines);
  if (choice < lines) return apply_elementwise(*smooth_lines()[choice], graph, step);
  if (choice % 5 == 0) return product(graph, step);
  if (choice % 5 == 1) return join(graph, step);
  const Var x = graph.take(step.a);
  if (x.shape().rank() == 0) return sin(x);
  if (choice % 5 == 2) return view(x, step.way);
  if (choice % 5 == 3) return reduction(x, step.way);
  const SoftmaxOptions along{.axis = axis_of(x, step.way)};
  return step.b % 2 == 0 ? softmax(x, along) : tanh(log_softmax(x, along));
}

}  // namespace

std::vector<Tensor> Program::inputs() const {
  std::vector<Tensor> drawn;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    Rng rng{leaves[i], i};
    drawn.push_back(Tensor::uniform(shape_of(leaves[i], size), rng, {.low = -1.0, .dtype = DType::f64}));
  }
  return drawn;
}

Var Program::record(In x, const std::function<void(const Var&)>& after_step) const {
  Graph graph{x, size};
  for (const Step& step : steps) {
    if (graph.full()) break;
    graph.add(apply(graph, step));
    after_step(graph.last());
  }
  return graph.total();
}

std::ostream& operator<<(std::ostream& out, const Program& program) {
  out << "{{";
  for (const std::uint32_t leaf : program.leaves) out << leaf << ", ";
  out << "}, {";
  for (const Step& step : program.steps) {
    out << '{' << step.op << ", " << step.a << ", " << step.b << ", " << step.way << "}, ";
  }
  return out << "}, Size::"
             << (program.size == Size::small   ? "small"
                 : program.size == Size::large ? "large"
                                               : "huge")
             << '}';
}

}  // namespace samples
