#include <capstan/tensor/visit_dtype.hpp>

#include "fit_checks.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <tuple>

#include <fmt/format.h>

#include "label_checks.hpp"

namespace capstan::train::detail {

namespace {

template <class Value>
void refuse_unless(bool fine, std::string_view rule, const Value& value, const std::source_location& where) {
  if (!fine) throw ValueError{fmt::format("fit: {}, got {}\n  at {}", rule, value, place(where))};
}

void check_numbers(const FitOptions& options, const std::source_location& where) {
  refuse_unless(options.epochs >= 0, "epochs must not be negative", options.epochs, where);
  refuse_unless(options.batch_size >= 1, "batch_size must be at least 1", options.batch_size, where);
  for (std::size_t i = 0; i < options.observers.size(); ++i) {
    refuse_unless(options.observers[i] != nullptr, fmt::format("observer {} must be given", i), "null", where);
  }
}

void check_checkpoints(const CheckpointOptions& options, const std::source_location& where) {
  refuse_unless(options.every >= 1, "checkpoint.every must be at least 1", options.every, where);
  refuse_unless(options.every_steps >= 0, "checkpoint.every_steps must not be negative", options.every_steps, where);
  refuse_unless(options.keep >= 1, "checkpoint.keep must be at least 1", options.keep, where);
  const bool folder = !options.folder.empty();
  refuse_unless(!options.resume || folder, "checkpoint.resume needs a folder", "none", where);
  refuse_unless(!options.stop_on_signal || folder, "checkpoint.stop_on_signal needs a folder", "none", where);
  for (const auto& [name, generator] : options.generators) {
    refuse_unless(generator != nullptr, fmt::format("checkpoint.generators: \"{}\" must be given", name), "null",
                  where);
    refuse_unless(!name.starts_with("capstan."),
                  "checkpoint.generators of names that begin with \"capstan.\" are fit's", name, where);
  }
}

/// ValueError for a learning rate beside an optimizer or a schedule, and where none of the three is given.
void check_descent(const FitOptions& options, const std::source_location& where) {
  const std::optional<double> rate = options.learning_rate;
  if (options.schedule) {
    refuse_unless(!rate, "learning_rate must not be given beside a schedule, which says it", rate.value_or(0.0), where);
  } else if (options.optimizer != nullptr) {
    refuse_unless(!rate, "learning_rate must not be given beside an optimizer, which has its own", rate.value_or(0.0),
                  where);
  } else {
    refuse_unless(rate.has_value(), "learning_rate, schedule or optimizer must be given", "none of them", where);
    refuse_unless(std::isfinite(*rate) && *rate >= 0.0, "learning_rate must be finite and not negative", *rate, where);
  }
}

std::string names_of(const std::vector<Parameter>& parameters) {
  std::string text;
  for (const Parameter& p : parameters) {
    text += fmt::format("{}\"{}\" {}", text.empty() ? "" : ", ", p.name(), to_string(p.shape()));
  }
  return text;
}

/// ValueError if the optimizer holds none of the model's parameters. If it holds some, the others stay as they are.
void check_held(const Trainee& trainee, const FitOptions& options, const std::source_location& where) {
  if (options.optimizer == nullptr) return;
  const std::vector<Parameter> model = capstan::detail::without_names(trainee.parameters);
  const std::vector<Parameter>& held = options.optimizer->parameters();
  const bool any = std::any_of(held.begin(), held.end(), [&](const Parameter& p) {
    return std::find(model.begin(), model.end(), p) != model.end();
  });
  if (any) return;
  throw ValueError{
      fmt::format("fit: the optimizer must hold parameters of the model, it holds none of them"
                  "\n  model: {}\n  optimizer: {}\n  at {}",
                  names_of(model), names_of(held), place(where))};
}

void check_set(std::string_view name, const data::Dataset& set, const std::source_location& where) {
  data::check(set, fmt::format("fit: {}", name), where);
  if (set.examples() > 0) return;
  throw ValueError{fmt::format("fit: {} must have at least one example, got none\n  x: {}\n  at {}", name,
                               to_string(set.x.shape()), place(where))};
}

/// True if the shapes are equal except for the last axis, which counts the examples.
bool same_features(const Tensor& a, const Tensor& b) {
  if (a.rank() != b.rank()) return false;
  for (std::size_t axis = 0; axis + 1 < a.rank(); ++axis) {
    if (a.shape()[axis] != b.shape()[axis]) return false;
  }
  return true;
}

void check_alike(const data::Dataset& train, const data::Dataset& validation, const std::source_location& where) {
  data::check_names(train, validation, "validation", "fit", where);
  for (const auto& [name, a, b] : {std::tuple{"x", train.x, validation.x}, std::tuple{"y", train.y, validation.y}}) {
    if (same_features(a, b)) continue;
    throw ShapeError{fmt::format(
        "fit: train and validation must have the same shapes except for the number of examples, got {} {} and {}"
        "\n  train: {} {}\n  validation: {} {}\n  at {}",
        name, to_string(a.shape()), to_string(b.shape()), name, to_string(a.shape()), name, to_string(b.shape()),
        place(where))};
  }
}

}  // namespace

void check_fit(const Trainee& trainee, const data::Dataset& train, const FitOptions& options,
               const std::source_location& where) {
  check_numbers(options, where);
  check_descent(options, where);
  check_checkpoints(options.checkpoint, where);
  if (trainee.parameters.empty()) {
    throw ValueError{
        fmt::format("fit: the model must have parameters, but its visit function passes none to the visitor\n  at {}",
                    place(where))};
  }
  check_held(trainee, options, where);
  check_set("train", train, where);
  check_labels(trainee, "train", train, where);
  if (options.validation == nullptr) return;
  check_set("validation", *options.validation, where);
  check_alike(train, *options.validation, where);
  check_labels(trainee, "validation", *options.validation, where);
}

bool all_finite(const Tensor& value) {
  const auto all = [](const auto elements) {
    return std::all_of(elements.begin(), elements.end(), [](const auto x) { return std::isfinite(x); });
  };
  return visit_floating(value.dtype(), [&]<class T>(T) { return all(value.data<T>()); });
}

bool says_classes(const Tensor& y, models::Decision decision) {
  if (y.rank() == 1) return y.dtype() == DType::i32;
  if (y.rank() != 2) return false;
  const std::int64_t rows = y.shape()[0], m = y.shape()[1];
  for (std::int64_t i = 0; i < m; ++i) {
    std::int64_t ones = 0;
    for (std::int64_t k = 0; k < rows; ++k) {
      const double value = y.at({k, i});
      if (value != 0.0 && value != 1.0) return false;
      ones += value == 1.0 ? 1 : 0;
    }
    if (rows > 1 && ones != 1 && decision != models::Decision::above_half) return false;
  }
  return true;
}

}  // namespace capstan::train::detail
