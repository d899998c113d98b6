// What Lbfgs remembers, as tensors and back.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <capstan/optim/lbfgs.hpp>
#include <capstan/tensor/engine.hpp>
#include <capstan/tensor/error.hpp>

namespace capstan::optim {

namespace {

constexpr std::string_view who = "Lbfgs";

/// The entries: numbers, vectors of all elements, and for each change that is remembered a number and two such vectors.
struct Pieces {
  Tensor iterations, evaluations, step_length, scale, direction, gradient, rho, s, y;

  static constexpr std::array<std::string_view, 9> names{
      "iterations", "evaluations", "step_length", "scale", "direction", "gradient", "rho", "s", "y"};
  std::array<Tensor*, 9> all() noexcept {
    return {&iterations, &evaluations, &step_length, &scale, &direction, &gradient, &rho, &s, &y};
  }
};

[[noreturn]] void refuse(const std::string& text, const std::source_location& where) {
  throw ValueError{fmt::format("{}: {}\n  at {}", who, text, place(where))};
}

void check(std::string_view name, Tensor& value, const Shape& shape, const std::source_location& where) {
  if (value.shape() != shape) {
    throw ShapeError{fmt::format("{}: state \"{}\" must have shape {}, got {}\n  at {}", who, name, to_string(shape),
                                 to_string(value.shape()), place(where))};
  }
  if (value.dtype() != DType::f64) {
    throw DTypeError{fmt::format("{}: state \"{}\" must be of f64, got {}\n  at {}", who, name, name_of(value.dtype()),
                                 place(where))};
  }
  if (!value.is_contiguous()) value = value.copy();
}

/// Each entry once, of the right shape and dtype.
Pieces sorted(const std::vector<StateEntry>& entries, std::int64_t elements, const std::source_location& where) {
  Pieces pieces;
  const auto all = pieces.all();
  for (const StateEntry& entry : entries) {
    const auto found = std::ranges::find(Pieces::names, entry.slot);
    if (entry.parameter != who || found == Pieces::names.end())
      refuse(fmt::format("no state is called \"{}\"", entry.name()), where);
    Tensor& value = *all[static_cast<std::size_t>(found - Pieces::names.begin())];
    if (value.storage()) refuse(fmt::format("state \"{}\" is given twice", entry.name()), where);
    value = entry.value;
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i]->storage()) refuse(fmt::format("state must be whole, \"{}\" is missing", Pieces::names[i]), where);
  }
  const std::int64_t changes = pieces.rho.rank() == 1 ? pieces.rho.shape()[0] : 0;
  const std::array<Shape, 9> shapes{Shape{},
                                    Shape{},
                                    Shape{},
                                    Shape{},
                                    {elements},
                                    Shape{elements},
                                    Shape{changes},
                                    {changes, elements},
                                    {changes, elements}};
  for (std::size_t i = 0; i < all.size(); ++i) check(Pieces::names[i], *all[i], shapes[i], where);
  return pieces;
}

/// A whole number, at least `least`.
std::int64_t count_of(const Tensor& value, std::string_view name, double least, const std::source_location& where) {
  const double number = value.item();
  if (!(number >= least && number < 9e15 && std::trunc(number) == number))
    refuse(fmt::format("\"{}\" must be a whole number from {} on, got {}", name, least, number), where);
  return static_cast<std::int64_t>(number);
}

std::vector<double> row(const Tensor& x, std::int64_t number, std::size_t elements) {
  const auto part = x.data<double>().subspan(static_cast<std::size_t>(number) * elements, elements);
  return {part.begin(), part.end()};
}

}  // namespace

std::vector<StateEntry> Lbfgs::state() const {
  if (iterations_ == 0) return {};
  const auto number = [](double value) { return Tensor::scalar(value, DType::f64); };
  const auto vector = [](std::span<const double> x, const Shape& shape) { return Tensor::from(x, shape); };
  const auto elements = static_cast<std::int64_t>(elements_), count = std::ssize(memory_.changes);
  Vector rho, s, y;
  for (const Change& change : memory_.changes) {
    rho.push_back(change.rho);
    s.insert(s.end(), change.s.begin(), change.s.end());
    y.insert(y.end(), change.y.begin(), change.y.end());
  }
  Pieces pieces{.iterations = number(static_cast<double>(iterations_)),
                .evaluations = number(static_cast<double>(evaluations_)),
                .step_length = number(memory_.step_length),
                .scale = number(memory_.scale),
                .direction = vector(memory_.direction, {elements}),
                .gradient = vector(memory_.gradient, {elements}),
                .rho = vector(rho, {count}),
                .s = vector(s, {count, elements}),
                .y = vector(y, {count, elements})};
  std::vector<StateEntry> entries;
  const auto all = pieces.all();
  for (std::size_t i = 0; i < all.size(); ++i)
    entries.push_back({std::string{who}, std::string{Pieces::names[i]}, *all[i]});
  return entries;
}

void Lbfgs::set_state(const std::vector<StateEntry>& entries, std::source_location where) {
  Memory memory;
  std::int64_t iterations = 0, evaluations = 0;
  if (!entries.empty()) {
    const Pieces pieces = sorted(entries, static_cast<std::int64_t>(elements_), where);
    iterations = count_of(pieces.iterations, "iterations", 1.0, where);
    evaluations = count_of(pieces.evaluations, "evaluations", 1.0, where);
    const std::int64_t count = pieces.rho.elements();
    if (count > options_.history)
      refuse(fmt::format("state holds {} changes, and the history {}", count, options_.history), where);
    memory.step_length = pieces.step_length.item();
    memory.scale = pieces.scale.item();
    memory.direction = row(pieces.direction, 0, elements_);
    memory.gradient = row(pieces.gradient, 0, elements_);
    for (std::int64_t i = 0; i < count; ++i)
      memory.changes.push_back({row(pieces.s, i, elements_), row(pieces.y, i, elements_), pieces.rho.at({i})});
  }
  memory_ = std::move(memory);
  iterations_ = iterations;
  evaluations_ = evaluations;
}

}  // namespace capstan::optim
