#include "class_loss.hpp"

#include <cmath>
#include <limits>
#include <string>

#include <fmt/format.h>
#include <boost/container/static_vector.hpp>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

namespace capstan {

namespace {

/// Float holds every whole number up to this one. Kernels compare labels as numbers.
constexpr std::int64_t most_classes_in_f32 = 1 << 24;

std::string_view text_of(Reduction reduction) {
  switch (reduction) {
    case Reduction::mean:
      return "mean";
    case Reduction::sum:
      return "sum";
    case Reduction::none:
      break;
  }
  return "none";
}

/// The hint for a target that was meant as labels, as its shape shows; empty for any other.
std::string labels_hint(const Shape& target, std::int64_t m) {
  if (target != Shape{m} && target != Shape{1, m}) return {};
  return fmt::format("\n  labels are i32, of shape ({}): y.cast(DType::i32){}", m,
                     target.rank() == 1 ? "" : fmt::format(".reshape({{{}}})", m));
}

}  // namespace

void describe_class_loss(Description& d, std::span<const Word> words) {
  const auto attributes = from_words<ClassLossAttributes>(words);
  d.add("reduction", std::string{text_of(static_cast<Reduction>(attributes.reduction))});
  d.add("ignore_index", attributes.ignore_index);
  d.add("label_smoothing", attributes.label_smoothing);
}

void check_class_operands(const Signature& s, std::size_t count, std::string_view scores) {
  const bool has_weights = count == 3;
  const auto text = [&](std::string_view rule, std::string_view hint = {}) {
    return has_weights ? s.message(rule, {scores, "target", "class_weights", "probabilities"}, hint)
                       : s.message(rule, {scores, "target", "probabilities"}, hint);
  };
  const Shape &z = s.shape(0), &y = s.shape(1);
  const DType dtype = s.dtype(0);
  if (!is_floating(dtype))
    throw DTypeError{text(fmt::format("{} must be f32 or f64, got {}", scores, dtype), literals_hint)};
  if (s.dtype(1) != DType::i32 && s.dtype(1) != dtype) {
    throw DTypeError{
        text(fmt::format("the target must be labels of i32 or probabilities of {}, got {}", dtype, s.dtype(1)),
             z.rank() == 2 ? labels_hint(y, z[1]) : std::string{})};
  }
  if (z.rank() != 2) {
    throw ShapeError{text(fmt::format("{} must have the shape (classes, examples), got {}", scores, z))};
  }
  if (s.dtype(1) == DType::i32 && y != Shape{z[1]}) {
    throw ShapeError{text(fmt::format("there must be one label for each of {} examples, got {}", z[1], y))};
  }
  if (s.dtype(1) != DType::i32 && y != z) {
    throw ShapeError{text(fmt::format("probabilities must have the shape of {}, got {} and {}", scores, y, z),
                          labels_hint(y, z[1]))};
  }
  if (dtype == DType::f32 && z[0] > most_classes_in_f32) {
    throw ShapeError{text(
        fmt::format("{} of f32 must have at most {} classes, got {}; use f64", scores, most_classes_in_f32, z[0]))};
  }
  if (!has_weights) return;
  if (s.dtype(2) != dtype) {
    throw DTypeError{
        text(fmt::format("class_weights must have the same dtype as {}, got {} and {}", scores, s.dtype(2), dtype),
             literals_hint)};
  }
  if (s.shape(2) != Shape{z[0]}) {
    throw ShapeError{
        text(fmt::format("class_weights must have one weight for each of {} classes, got {}", z[0], s.shape(2)))};
  }
}

namespace {

/// Writes the labels as numbers, and returns the sum of the weights of those that are not ignored.
template <class T>
double ready_labels(std::string_view op, std::string_view scores, const CallArguments& call,
                    std::span<const Array> operands, T* labels) {
  const std::int64_t classes = operands[0].shape[0], m = operands[0].shape[1];
  const std::int64_t ignored = call.attributes<ClassLossAttributes>().ignore_index;
  const auto* const given = operands[1].as<std::int32_t>();
  const T* const weights = operands.size() == 3 ? operands[2].as<T>() : nullptr;
  double counted = 0;
  for (std::int64_t i = 0; i < m; ++i) {
    const std::int64_t label = given[i];
    labels[i] = label == ignored ? T(-1) : static_cast<T>(label);
    if (label == ignored) continue;
    if (label < 0 || label >= classes) {
      throw IndexError{
          fmt::format("{}: label {} at position {} is out of range for {} classes; ignore_index is {}"
                      "\n  {}: {}\n  target: {}\n  at {}",
                      op, label, i, classes, ignored, scores, operands[0].shape, operands[1].shape, place(call.where))};
    }
    counted += weights == nullptr ? 1.0 : static_cast<double>(weights[label]);
  }
  return counted;
}

}  // namespace

template <class T>
ReadyTargets<T> ready_targets(std::string_view op, std::string_view scores, const CallArguments& call,
                              std::span<const Array> operands, T* labels) {
  const double smoothing = call.attributes<ClassLossAttributes>().label_smoothing;
  const bool has_labels = operands[1].dtype == DType::i32;
  const double counted =
      has_labels ? ready_labels<T>(op, scores, call, operands, labels) : static_cast<double>(operands[0].shape[1]);
  return {{.labels = has_labels ? labels : nullptr,
           .probabilities = has_labels ? nullptr : operands[1].as<T>(),
           .weights = operands.size() == 3 ? operands[2].as<T>() : nullptr,
           .on = static_cast<T>(1.0 - smoothing),
           .off = static_cast<T>(smoothing / static_cast<double>(operands[0].shape[0]))},
          counted == 0.0 ? std::numeric_limits<T>::infinity() : static_cast<T>(counted)};
}

template ReadyTargets<float> ready_targets(std::string_view, std::string_view, const CallArguments&,
                                           std::span<const Array>, float*);
template ReadyTargets<double> ready_targets(std::string_view, std::string_view, const CallArguments&,
                                            std::span<const Array>, double*);

namespace {

void check_class_weights(std::string_view op, const Named& scores, const Operand& target, const Tensor& weights,
                         std::source_location where) {
  if (weights.rank() != 1) return;  // the op's shape rule throws
  for (std::int64_t k = 0; k < weights.elements(); ++k) {
    const double weight = weights.at({k});
    if (std::isfinite(weight) && weight >= 0.0) continue;
    const std::string rule =
        fmt::format("class_weights must be finite and not negative, got {} for class {}", weight, k);
    throw ValueError{refusal(op, rule, {scores, {"target", target}, {"class_weights", weights}}, where)};
  }
}

}  // namespace

Var record_class_loss(const Op& op, const Named& scores, const Operand& target, const CrossEntropyOptions& options,
                      std::source_location where, const Operand* last) {
  const bool is_share = options.label_smoothing >= 0.0 && options.label_smoothing <= 1.0;  // NaN is not
  if (!is_share) {
    const std::string rule = fmt::format("label_smoothing must be in [0, 1], got {}", options.label_smoothing);
    throw ValueError{refusal(op.name(), rule, {scores, {"target", target}}, where)};
  }
  if (!target.is_number() && is_floating(target.dtype()) &&
      options.ignore_index != CrossEntropyOptions{}.ignore_index) {
    const std::string rule = fmt::format("ignore_index goes with labels of i32, the target is {}", target.dtype());
    throw ValueError{refusal(op.name(), rule, {scores, {"target", target}}, where)};
  }
  check_class_weights(op.name(), scores, target, options.class_weights, where);
  const ClassLossAttributes attributes{static_cast<std::int64_t>(options.reduction), options.ignore_index,
                                       options.label_smoothing};
  const Operand weights{options.class_weights, where};
  boost::container::static_vector<const Operand*, 4> operands{&scores.operand, &target};
  if (options.class_weights.elements() > 0) operands.push_back(&weights);
  if (last != nullptr) operands.push_back(last);
  return record(op, {operands.data(), operands.size()}, to_words(attributes), where);
}

}  // namespace capstan
