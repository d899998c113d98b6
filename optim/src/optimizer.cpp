#include <capstan/optim/optimizer.hpp>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include <capstan/tensor/cut_work.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/threads.hpp>
#include <capstan/tensor/visit_dtype.hpp>

#include "groups.hpp"
#include "parameters.hpp"
#include "rows.hpp"

namespace capstan::optim {

namespace {

constexpr std::int64_t block_elements = items_of_part(work::updated_element);

std::vector<Parameter> checked(std::string_view name, std::vector<Parameter> parameters,
                               const std::source_location& where) {
  check_parameters(name, parameters, where);
  return parameters;
}

/// Quicker than any function, because there are one or two of them.
bool same(const std::int64_t* a, const std::int64_t* b, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

bool fits(const Gradients::Entry& gradient, const Tensor& value) {
  const Shape& shape = gradient.shape();
  return gradient.dtype() == value.dtype() && shape.rank() == value.rank() &&
         same(shape.begin(), value.shape().begin(), shape.rank());
}

/// A parameter is row-major, so a gradient of its shape with its strides is, too.
bool is_row_major(const Tensor& gradient, const Tensor& value) {
  return same(gradient.strides().data(), value.strides().data(), value.rank()) || gradient.is_contiguous();
}

void check_not_moved(std::string_view name, const std::vector<Parameter>& parameters,
                     const std::source_location& where) {
  if (!parameters.empty()) return;
  throw ValueError{fmt::format("{}: it has no parameters, it was moved from\n  at {}", name, place(where))};
}

}  // namespace

Optimizer::Optimizer(ParameterList parameters, const Declaration& declaration, const std::source_location& where)
    : name_{declaration.name},
      parameters_{checked(name_, std::move(parameters.parameters()), where)},
      names_{names_of(std::move(parameters.names()), parameters_, where)},
      others_{declaration.options},
      state_{parameters_, declaration.slots, declaration.numbers},
      learning_rate_{declaration.learning_rate},
      first_learning_rate_{declaration.learning_rate} {
  check_not_negative("learning_rate", learning_rate_, where);
  check_not_negative("weight_decay", declaration.weight_decay, where);
  const std::vector<std::size_t> group_of = assign_groups(name_, parameters_, names_, declaration.groups, where);
  options_.push_back({std::nullopt, declaration.weight_decay});
  for (const Group& group : declaration.groups)
    options_.push_back({group.learning_rate, group.weight_decay.value_or(declaration.weight_decay)});
  members_.reserve(parameters_.size());
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor& value = parameters_[i].value(where);
    const bool has_rows = value.rank() > 0 && value.shape()[0] > 0;
    members_.push_back({&value, value.elements(), has_rows ? value.elements() / value.shape()[0] : 0, group_of[i]});
  }
  work_.reserve(parameters_.size());
  find_state();
}

void Optimizer::find_state() {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    members_[i].slots = state_.slots(i);
    members_[i].numbers = state_.numbers(i).data();
  }
}

void Optimizer::step(const Gradients& gradients, std::source_location where) {
  check_not_moved(name_, parameters_, where);
  const std::int64_t elements = find_work(gradients, where);
  ++steps_;
  for (const Work& work : work_) {
    Member& member = members_[work.parameter];
    member.last_step = steps_;
    member.value->storage()->note_write(where);
  }
  if (elements <= block_elements) {
    for (const Work& work : work_) move(work, 0, work.count);
  } else {
    move_blocks();
  }
  for (const Work& work : work_) {
    ++members_[work.parameter].numbers[0];
    if (state_.has_numbers()) updated(work.parameter, state_.numbers(work.parameter));
  }
}

/// Finds out what is to be moved, and checks it; says how many elements there are of it.
std::int64_t Optimizer::find_work(const Gradients& gradients, const std::source_location& where) {
  work_.clear();
  std::int64_t all = 0;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const Gradients::Entry* const entry = gradients.find_entry(parameters_[i], i);
    if (entry == nullptr) continue;
    const Member& member = members_[i];
    if (!fits(*entry, *member.value)) refuse(i, *entry, where);
    if (entry->is_sparse()) {
      const std::int64_t rows = entry->sparse().indices.elements(), width = member.row_elements;
      work_.emplace_back(i, entry, rows, std::max<std::int64_t>(block_elements / std::max<std::int64_t>(width, 1), 1));
      all += rows * width;
    } else {
      work_.emplace_back(i, entry, member.elements, block_elements);
      all += member.elements;
    }
  }
  return all;
}

/// Moves all that there is to be moved, on several threads.
void Optimizer::move_blocks() {
  std::int64_t blocks = 0;
  for (Work& work : work_) {
    work.first_block = blocks;
    blocks += (work.count + work.block - 1) / work.block;
  }
  parallel_for(blocks, threads(), [this](std::int64_t number, int) {
    const auto after = std::upper_bound(work_.begin(), work_.end(), number,
                                        [](std::int64_t n, const Work& work) { return n < work.first_block; });
    const Work& work = *std::prev(after);
    const std::int64_t begin = (number - work.first_block) * work.block;
    move(work, begin, std::min(begin + work.block, work.count));
  });
}

void Optimizer::move(const Work& work, std::int64_t begin, std::int64_t end) {
  visit_floating(members_[work.parameter].value->dtype(), [&]<class T>(T) { move_as<T>(work, begin, end); });
}

/// Hands elements (or rows, of a row-sparse gradient) to `update`, with the gradient in row-major order.
template <class T>
void Optimizer::move_as(const Work& work, std::int64_t begin, std::int64_t end) {
  const Member& member = members_[work.parameter];
  const Options& options = options_[member.options];
  const Tensor& gradient = work.gradient->numbers();
  const auto* const dp = static_cast<const T*>(gradient.raw());
  Part<T> part;  // set field by field: GCC would clear a whole one first
  part.parameter = work.parameter;
  part.learning_rate = rate_of(options);
  part.weight_decay = options.weight_decay;
  part.step = member.numbers[0] + 1.0;
  part.numbers = {member.numbers, state_.number_count()};
  part.elements.p = static_cast<T*>(member.value->raw());
  part.elements.dp = dp + begin;
  part.elements.slots = member.slots;
  part.elements.first = begin;
  part.elements.count = end - begin;
  if (work.gradient->is_sparse()) {
    part.elements.dp = dp + begin * member.row_elements;
    part.elements.rows = static_cast<const std::int32_t*>(work.gradient->sparse().indices.raw()) + begin;
    part.elements.width = member.row_elements;
  } else if (!is_row_major(gradient, *member.value)) {
    return for_copied_pieces<T>(gradient, begin, end, [&](std::int64_t first, std::span<const T> copied) {
      part.elements.dp = copied.data();
      part.elements.first = first;
      part.elements.count = std::ssize(copied);
      update(part);
    });
  }
  update(part);
}

void Optimizer::updated(std::size_t, std::span<double>) {}

std::vector<std::string> Optimizer::skipped() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (members_[i].last_step != steps_) names.push_back(names_[i]);
  }
  return names;
}

void Optimizer::set_learning_rate(double learning_rate, std::source_location where) {
  check_not_negative("learning_rate", learning_rate, where);
  learning_rate_ = learning_rate;
}

double Optimizer::rate_of(const Options& options) const noexcept {
  if (!options.learning_rate) return learning_rate_;
  if (first_learning_rate_ == 0.0) return *options.learning_rate;
  return *options.learning_rate * (learning_rate_ / first_learning_rate_);
}

const Optimizer::Options& Optimizer::options_of(const Parameter& p, const std::source_location& where) const {
  const auto found = std::find(parameters_.begin(), parameters_.end(), p);
  if (found != parameters_.end())
    return options_[members_[static_cast<std::size_t>(found - parameters_.begin())].options];
  throw ValueError{
      fmt::format("{}: parameter \"{}\" is not among the optimizer's\n  at {}", name_, p.name(where), place(where))};
}

double Optimizer::learning_rate(const Parameter& p, std::source_location where) const {
  return rate_of(options_of(p, where));
}

double Optimizer::weight_decay(const Parameter& p, std::source_location where) const {
  return options_of(p, where).weight_decay;
}

Settings Optimizer::settings() const {
  Settings settings;
  for (const Option& option : others_) settings.emplace_back(option.name, option.value);
  if (options_.empty()) return settings;  // it was moved from
  settings.emplace_back("weight_decay", fmt::format("{}", options_[0].weight_decay));
  for (std::size_t group = 1; group < options_.size(); ++group) {
    const Options& options = options_[group];
    std::string text = fmt::format("weight_decay {}", options.weight_decay);
    if (options.learning_rate) {
      text += fmt::format(", learning_rate {} where the others' is {}", *options.learning_rate, first_learning_rate_);
    }
    text += ", of";
    for (std::size_t i = 0; i < members_.size(); ++i) {
      if (members_[i].options == group) text += fmt::format(" \"{}\"", names_[i]);
    }
    settings.emplace_back(fmt::format("group {}", group - 1), std::move(text));
  }
  return settings;
}

void Optimizer::set_state(const std::vector<StateEntry>& entries, std::source_location where) {
  check_not_moved(name_, parameters_, where);
  state_.restore(name_, parameters_, names_, entries, where);
  find_state();
}

void Optimizer::check_not_negative(std::string_view option, double value, const std::source_location& where) const {
  optim::check_not_negative(name_, option, value, where);
}

void Optimizer::check_share(std::string_view option, double value, const std::source_location& where) const {
  optim::check_share(name_, option, value, where);
}

/// A gradient that does not fit.
void Optimizer::refuse(std::size_t parameter, const Gradients::Entry& gradient,
                       const std::source_location& where) const {
  const Tensor& value = *members_[parameter].value;
  const auto operands = [&] {
    return fmt::format("\n  parameter: \"{}\" {} of {}\n  gradient: {} of {}\n  at {}", names_[parameter],
                       to_string(value.shape()), name_of(value.dtype()), to_string(gradient.shape()),
                       name_of(gradient.dtype()), place(where));
  };
  if (gradient.shape() != value.shape()) {
    throw ShapeError{fmt::format("{}: a gradient must have its parameter's shape, got {} for {}{}", name_,
                                 to_string(gradient.shape()), to_string(value.shape()), operands())};
  }
  throw DTypeError{fmt::format("{}: a gradient must have its parameter's dtype, got {} for {}{}", name_,
                               name_of(gradient.dtype()), name_of(value.dtype()), operands())};
}

}  // namespace capstan::optim
