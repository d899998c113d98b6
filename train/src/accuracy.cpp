#include <capstan/train/accuracy.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include <capstan/data/batches.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan::train {

namespace {

/// One batch, the decision for its outputs, and its position in the set, for errors.
struct Marked {
  const Tensor& outputs;
  const Tensor& y;
  models::Decision decision;
  std::int64_t first;
  const std::source_location& where;

  std::int64_t units() const { return outputs.shape()[0]; }
  std::int64_t examples() const { return outputs.shape()[1]; }
};

std::string describe_y(const Marked& batch) {
  return fmt::format("\n  y: {} of {}", to_string(batch.y.shape()), name_of(batch.y.dtype()));
}

/// A hint, where one is certain.
std::string hint(const Marked& batch) {
  if (batch.outputs.rank() != 2 || batch.y.shape() != Shape{batch.examples()}) return {};
  if (batch.y.dtype() != DType::i32) return "; labels are i32: y.cast(DType::i32)";
  return "; {.decision = models::Decision::largest} takes one class an example";
}

[[noreturn]] void refuse_shapes(const Marked& batch) {
  const std::string_view rule =
      batch.decision == models::Decision::above_half
          ? "outputs that are cut at one half need y of their shape, or labels (m) where they are (1, m)"
          : "outputs (1, m) need y (1, m) or labels (m), outputs (classes, m) need labels (m) or y (classes, m)";
  throw ShapeError{fmt::format("accuracy: {}, got {} and {}\n  outputs: {} of {}{}{}\n  at {}", rule,
                               to_string(batch.outputs.shape()), to_string(batch.y.shape()),
                               to_string(batch.outputs.shape()), name_of(batch.outputs.dtype()), describe_y(batch),
                               hint(batch), place(batch.where))};
}

void check_labels(const Marked& batch, std::int64_t classes) {
  const Tensor labels = batch.y.copy();
  const auto label = labels.data<std::int32_t>();
  for (std::size_t i = 0; i < label.size(); ++i) {
    if (label[i] >= 0 && label[i] < classes) continue;
    throw IndexError{fmt::format("accuracy: labels must lie in 0 … {}, got {} at position {}{}\n  at {}", classes - 1,
                                 label[i], batch.first + static_cast<std::int64_t>(i), describe_y(batch),
                                 place(batch.where))};
  }
}

void check_zero_or_one(const Marked& batch) {
  const Tensor numbers = batch.y.cast(DType::f64);
  const auto number = numbers.data<double>();
  const auto m = static_cast<std::size_t>(batch.examples());
  for (std::size_t i = 0; i < number.size(); ++i) {
    if (number[i] == 0.0 || number[i] == 1.0) continue;
    const auto example = batch.first + static_cast<std::int64_t>(i % m);
    const std::string position = batch.units() == 1 ? std::to_string(example) : fmt::format("({}, {})", i / m, example);
    throw ValueError{fmt::format("accuracy: y ({}, m) must be 0 or 1, got {} at position {}{}\n  at {}", batch.units(),
                                 printable(number[i]), position, describe_y(batch), place(batch.where))};
  }
}

/// ValueError for a column of y without a largest element or with several, which names no class.
void check_one_largest(const Marked& batch) {
  const Tensor numbers = batch.y.cast(DType::f64);
  const auto number = numbers.data<double>();
  const auto m = static_cast<std::size_t>(batch.examples());
  for (std::size_t i = 0; i < m; ++i) {
    double most = -std::numeric_limits<double>::infinity();
    std::int64_t count = 0;
    bool known = true;
    for (std::size_t at = i; at < number.size(); at += m) {
      known &= !std::isnan(number[at]);
      count = number[at] > most ? 1 : count + (number[at] == most ? 1 : 0);
      most = std::max(most, number[at]);
    }
    if (known && count == 1) continue;
    throw ValueError{fmt::format(
        "accuracy: y ({}, m) must say one class for each example, by its largest element, got {} at position {}{}"
        "; {{.decision = models::Decision::above_half}} is for several labels an example\n  at {}",
        batch.units(), known ? fmt::format("{} largest", count) : "nan", batch.first + static_cast<std::int64_t>(i),
        describe_y(batch), place(batch.where))};
  }
}

/// The number of examples for which every answer equals y; both have the same number of rows, of m examples.
std::int64_t count_equal(const Tensor& answers, const Tensor& wanted, std::int64_t m) {
  const Tensor a = answers.cast(DType::f64), b = wanted.cast(DType::f64);
  const auto as = a.data<double>(), bs = b.data<double>();
  const auto examples = static_cast<std::size_t>(m);
  std::int64_t count = 0;
  for (std::size_t i = 0; i < examples; ++i) {
    bool right = true;
    for (std::size_t at = i; at < as.size(); at += examples) right &= as[at] == bs[at];
    count += right ? 1 : 0;
  }
  return count;
}

std::int64_t count_right(const Marked& batch) {
  const Shape& outputs = batch.outputs.shape();
  if (outputs.rank() != 2 || outputs[0] < 1) refuse_shapes(batch);
  const bool one_unit = batch.units() == 1;
  const bool cut =
      batch.decision == models::Decision::above_half || (batch.decision == models::Decision::none && one_unit);
  const bool labels = batch.y.dtype() == DType::i32 && batch.y.shape() == Shape{batch.examples()};
  const bool fits = labels ? one_unit || !cut : batch.y.shape() == outputs;
  if (!fits) refuse_shapes(batch);
  if (labels) check_labels(batch, one_unit ? 2 : batch.units());
  const Tensor answers =
      models::decide(batch.outputs, cut ? models::Decision::above_half : models::Decision::largest, batch.where);
  if (labels) return count_equal(answers, batch.y, batch.examples());
  cut ? check_zero_or_one(batch) : check_one_largest(batch);
  return count_equal(answers, cut ? batch.y : models::decide(batch.y, models::Decision::largest, batch.where),
                     batch.examples());
}

}  // namespace

double accuracy(const std::function<Var(const Operand& x)>& outputs, const data::Dataset& dataset,
                const AccuracyOptions& options, std::source_location where) {
  if (options.batch_size < 1) {
    throw ValueError{
        fmt::format("accuracy: batch_size must be at least 1, got {}\n  at {}", options.batch_size, place(where))};
  }
  if (options.train != nullptr) data::check_names(*options.train, dataset, "the data set", "accuracy", where);
  if (dataset.examples() == 0) {
    throw ValueError{fmt::format("accuracy: the data set has no examples, x is {}\n  at {}",
                                 to_string(dataset.x.shape()), place(where))};
  }
  if (models::name_of(options.decision) == "unknown") {
    throw ValueError{
        fmt::format("accuracy: there is no decision {}\n  at {}", static_cast<int>(options.decision), place(where))};
  }
  Tape tape{{.inference = true}};
  std::int64_t right = 0, seen = 0;
  for (const data::Batch& batch : data::batches(dataset, {.batch_size = options.batch_size}, where)) {
    tape.rewind();
    const Tensor answer = outputs({tape.constant(batch.x, where), where}).value(where);
    right += count_right({answer, batch.y, options.decision, seen, where});
    seen += batch.examples();
  }
  return static_cast<double>(right) / static_cast<double>(seen);
}

}  // namespace capstan::train
