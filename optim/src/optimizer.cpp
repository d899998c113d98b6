#include <capstan/tensor/visit_dtype.hpp>

#include <capstan/optim/optimizer.hpp>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include <capstan/tensor/cut_work.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/threads.hpp>

#include "rows.hpp"

namespace capstan::optim {

namespace {

constexpr std::int64_t block = items_of_part(work::updated_element);

void check_parameters(std::string_view name, const std::vector<Parameter>& parameters,
                      const std::source_location& where) {
  if (parameters.empty()) {
    throw ValueError{fmt::format("{}: needs at least one parameter, got an empty list\n  at {}", name, place(where))};
  }
  std::vector<std::pair<const void*, std::size_t>> seen;
  seen.reserve(parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) seen.emplace_back(parameters[i].identity(), i);
  std::sort(seen.begin(), seen.end());
  const auto twice =
      std::adjacent_find(seen.begin(), seen.end(), [](const auto& a, const auto& b) { return a.first == b.first; });
  if (twice == seen.end()) return;
  throw ValueError{fmt::format("{}: every parameter must be given once, got \"{}\" at positions {} and {}\n  at {}",
                               name, parameters[twice->second].name(), twice->second, (twice + 1)->second,
                               place(where))};
}

bool fits(const Tensor& gradient, const Tensor& parameter) {
  return gradient.shape() == parameter.shape() && gradient.dtype() == parameter.dtype();
}

}  // namespace

Optimizer::Optimizer(std::string_view name, std::vector<Parameter> parameters, double learning_rate,
                     const std::source_location& where)
    : name_{name}, parameters_{std::move(parameters)}, learning_rate_{learning_rate} {
  check_parameters(name_, parameters_, where);
  check_not_negative("learning_rate", learning_rate_, where);
  skipped_.assign(parameters_.size(), false);
  gradients_.assign(parameters_.size(), nullptr);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const std::int64_t elements = parameters_[i].shape(where).elements();
    elements_ += elements;
    for (std::int64_t begin = 0; begin < elements; begin += block)
      blocks_.push_back({i, begin, std::min(begin + block, elements)});
  }
}

void Optimizer::step(const Gradients& gradients, std::source_location where) {
  if (parameters_.empty())
    throw ValueError{fmt::format("{}: it has no parameters, it was moved from\n  at {}", name_, place(where))};
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    gradients_[i] = gradients.find(parameters_[i], i);
    if (gradients_[i] != nullptr && !fits(*gradients_[i], parameters_[i].value()))
      refuse(parameters_[i], *gradients_[i], where);
  }
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    skipped_[i] = gradients_[i] == nullptr;
    if (!skipped_[i]) parameters_[i].value().storage()->note_write(where);
  }
  parallel_for(static_cast<std::int64_t>(blocks_.size()), elements_ > block ? threads() : 1,
               [this](std::int64_t i, int) {
                 const Block& b = blocks_[static_cast<std::size_t>(i)];
                 if (gradients_[b.parameter] != nullptr) update_block(b);
               });
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (gradients_[i] != nullptr) updated(i);
  }
}

/// Hands a block to `update`, with the gradient in row-major order.
void Optimizer::update_block(const Block& b) {
  const Tensor& value = parameters_[b.parameter].value();
  assert(value.is_contiguous());
  const Tensor& gradient = *gradients_[b.parameter];
  visit_floating(value.dtype(), [&]<class T>(T) {
    T* const p = static_cast<T*>(value.raw());
    const auto use = [&](std::int64_t first, std::span<const T> dp) {
      update(b.parameter, first, std::span<T>{p + first, dp.size()}, dp);
    };
    if (!gradient.is_contiguous()) return for_copied_pieces<T>(gradient, b.begin, b.end, use);
    use(b.begin, {static_cast<const T*>(gradient.raw()) + b.begin, static_cast<std::size_t>(b.end - b.begin)});
  });
}

std::vector<std::string> Optimizer::skipped() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (skipped_[i]) names.push_back(parameters_[i].name());
  }
  return names;
}

void Optimizer::set_learning_rate(double learning_rate, std::source_location where) {
  check_not_negative("learning_rate", learning_rate, where);
  learning_rate_ = learning_rate;
}

void Optimizer::check_not_negative(std::string_view option, double value, const std::source_location& where) const {
  if (std::isfinite(value) && value >= 0.0) return;
  throw ValueError{
      fmt::format("{}: {} must be finite and not negative, got {}\n  at {}", name_, option, value, place(where))};
}

/// A gradient that does not fit.
void Optimizer::refuse(const Parameter& parameter, const Tensor& gradient, const std::source_location& where) const {
  const auto operands = [&] {
    return fmt::format("\n  parameter: \"{}\" {} of {}\n  gradient: {} of {}\n  at {}", parameter.name(),
                       to_string(parameter.shape()), name_of(parameter.dtype()), to_string(gradient.shape()),
                       name_of(gradient.dtype()), place(where));
  };
  if (gradient.shape() != parameter.shape()) {
    throw ShapeError{fmt::format("{}: a gradient must have its parameter's shape, got {} for {}{}", name_,
                                 to_string(gradient.shape()), to_string(parameter.shape()), operands())};
  }
  throw DTypeError{fmt::format("{}: a gradient must have its parameter's dtype, got {} for {}{}", name_,
                               name_of(gradient.dtype()), name_of(parameter.dtype()), operands())};
}

}  // namespace capstan::optim
