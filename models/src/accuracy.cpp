#include <capstan/models/accuracy.hpp>

#include <fmt/format.h>

#include <capstan/data/batches.hpp>
#include <capstan/graph/error.hpp>
#include <capstan/graph/tape.hpp>

#include "answers.hpp"

namespace capstan::models {

namespace {

/// One batch and where it stands in its set, which messages name.
struct Marked {
  const Tensor& outputs;
  const Tensor& y;
  std::int64_t first;
  const std::source_location& where;
};

[[noreturn]] void refuse_shapes(const Marked& batch) {
  throw ShapeError{fmt::format(
      "accuracy: outputs (1, m) need y (1, m) or labels (m), outputs (classes, m) need labels (m) or y (classes, m), "
      "got {} and {}\n  outputs: {} of {}\n  y: {} of {}\n  at {}",
      to_string(batch.outputs.shape()), to_string(batch.y.shape()), to_string(batch.outputs.shape()),
      name_of(batch.outputs.dtype()), to_string(batch.y.shape()), name_of(batch.y.dtype()), place(batch.where))};
}

std::int64_t count_equal(const Tensor& answers, const Tensor& wanted) {
  const Tensor a = answers.cast(DType::f64), b = wanted.cast(DType::f64);
  const auto as = a.data<double>(), bs = b.data<double>();
  std::int64_t count = 0;
  for (std::size_t i = 0; i < as.size(); ++i) count += as[i] == bs[i] ? 1 : 0;
  return count;
}

void check_labels(const Marked& batch, std::int64_t classes) {
  const Tensor labels = batch.y.copy();
  const auto label = labels.data<std::int32_t>();
  for (std::size_t i = 0; i < label.size(); ++i) {
    if (label[i] >= 0 && label[i] < classes) continue;
    throw IndexError{fmt::format("accuracy: labels must lie in 0 … {}, got {} at position {}\n  y: {} of i32\n  at {}",
                                 classes - 1, label[i], batch.first + static_cast<std::int64_t>(i),
                                 to_string(batch.y.shape()), place(batch.where))};
  }
}

void check_zero_or_one(const Marked& batch) {
  const Tensor numbers = batch.y.cast(DType::f64);
  const auto number = numbers.data<double>();
  for (std::size_t i = 0; i < number.size(); ++i) {
    if (number[i] == 0.0 || number[i] == 1.0) continue;
    throw ValueError{fmt::format("accuracy: y (1, m) must be 0 or 1, got {} at position {}\n  y: {} of {}\n  at {}",
                                 number[i], batch.first + static_cast<std::int64_t>(i), to_string(batch.y.shape()),
                                 name_of(batch.y.dtype()), place(batch.where))};
  }
}

std::int64_t count_right(const Marked& batch) {
  const Shape& outputs = batch.outputs.shape();
  const Shape& y = batch.y.shape();
  if (outputs.rank() != 2 || outputs[0] < 1) refuse_shapes(batch);
  const std::int64_t classes = outputs[0], m = outputs[1];
  const bool labels = batch.y.dtype() == DType::i32 && y == Shape{m};
  if (!labels && y != outputs) refuse_shapes(batch);
  if (labels) check_labels(batch, classes == 1 ? 2 : classes);
  if (classes > 1) return count_equal(largest_rows(batch.outputs), labels ? batch.y : largest_rows(batch.y));
  if (!labels) check_zero_or_one(batch);
  return count_equal(above_half(batch.outputs), batch.y);
}

}  // namespace

double accuracy(const std::function<Var(const Operand& x)>& outputs, const data::Dataset& dataset,
                const AccuracyOptions& options, std::source_location where) {
  if (options.batch < 1) {
    throw ValueError{fmt::format("accuracy: batch must be at least 1, got {}\n  at {}", options.batch, place(where))};
  }
  if (dataset.examples() == 0) {
    throw ValueError{fmt::format("accuracy: the data set has no examples, x is {}\n  at {}",
                                 to_string(dataset.x.shape()), place(where))};
  }
  Tape tape{{.inference = true}};
  std::int64_t right = 0, seen = 0;
  for (const data::Batch& batch : data::batches(dataset, {.size = options.batch}, where)) {
    tape.rewind();
    const Tensor answer = outputs({tape.constant(batch.x, where), where}).value(where);
    right += count_right({answer, batch.y, seen, where});
    seen += batch.examples();
  }
  return static_cast<double>(right) / static_cast<double>(seen);
}

}  // namespace capstan::models
