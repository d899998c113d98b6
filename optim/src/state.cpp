#include <capstan/optim/state.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan::optim {

namespace {

constexpr Slot steps{"steps"};

/// Names of which no two are the same.
std::vector<std::string> distinct(const std::vector<std::string>& names) {
  std::map<std::string_view, int> counts;
  for (const std::string& name : names) ++counts[name];
  const auto numbered = [&counts](std::string name, std::size_t number) {
    do name += fmt::format("#{}", number);
    while (counts.contains(name));
    return name;
  };
  std::vector<std::string> result;
  result.reserve(names.size());
  for (std::size_t i = 0; i < names.size(); ++i)
    result.push_back(counts[names[i]] == 1 ? names[i] : numbered(names[i], i));
  return result;
}

std::string list(const std::vector<Slot>& numbers, const std::vector<Slot>& slots) {
  std::string text;
  for (const auto* const some : {&numbers, &slots}) {
    for (const Slot& slot : *some) text += fmt::format("{}\"{}\"", text.empty() ? "" : ", ", slot.name);
  }
  return text;
}

std::vector<Slot> with_steps(std::vector<Slot> numbers) {
  numbers.insert(numbers.begin(), steps);
  return numbers;
}

Tensor made(const Slot& slot, const Parameter& p) {
  return slot.initial == 0.0 ? Tensor::zeros(p.shape(), p.dtype()) : Tensor::full(p.shape(), slot.initial, p.dtype());
}

}  // namespace

State::State(const std::vector<Parameter>& parameters, std::vector<Slot> slots, std::vector<Slot> numbers)
    : slots_{std::move(slots)}, numbers_{with_steps(std::move(numbers))}, number_count_{numbers_.size()} {
  tensors_.reserve(parameters.size() * slots_.size());
  all_numbers_.reserve(parameters.size() * numbers_.size());
  for (const Parameter& p : parameters) {
    for (const Slot& slot : slots_) tensors_.push_back(made(slot, p));
    for (const Slot& number : numbers_) all_numbers_.push_back(number.initial);
  }
}

std::vector<StateEntry> State::entries(const std::vector<std::string>& names) const {
  std::vector<StateEntry> entries;
  const std::vector<std::string> called = distinct(names);
  for (std::size_t i = 0; i < called.size(); ++i) {
    const double* const numbers = all_numbers_.data() + i * numbers_.size();
    if (numbers[0] == 0.0) continue;
    for (std::size_t k = 0; k < numbers_.size(); ++k)
      entries.push_back({called[i], std::string{numbers_[k].name}, Tensor::scalar(numbers[k], DType::f64)});
    for (std::size_t k = 0; k < slots_.size(); ++k)
      entries.push_back({called[i], std::string{slots_[k].name}, slots(i)[k].copy()});
  }
  return entries;
}

/// One call of restore: a new state is made beside the old one.
class State::Restoring {
 public:
  Restoring(State& state, std::string_view optimizer, const std::vector<Parameter>& parameters,
            const std::vector<std::string>& names, const std::source_location& where)
      : next_{parameters, state.slots_, {state.numbers_.begin() + 1, state.numbers_.end()}},
        optimizer_{optimizer},
        parameters_{parameters},
        names_{distinct(names)},
        where_{where},
        given_(parameters.size() * width(), false) {}

  void put(const StateEntry& entry) {
    const Place place = find(entry);
    check(entry, place);
    const std::size_t number = place.is_number ? place.slot : next_.numbers_.size() + place.slot;
    if (given_[place.parameter * width() + number])
      throw ValueError{text(fmt::format("state \"{}\" is given twice", entry.name()))};
    given_[place.parameter * width() + number] = true;
    if (place.is_number) {
      const double value = entry.value.item();
      if (place.slot == 0 && !(value >= 1.0 && std::isfinite(value) && std::trunc(value) == value))
        throw ValueError{text(fmt::format("\"{}\" must be a whole number above 0, got {}", entry.name(), value))};
      next_.numbers(place.parameter)[place.slot] = value;
    } else {
      next_.tensors_[place.parameter * next_.slots_.size() + place.slot] = entry.value.copy();
    }
  }

  State result() && {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const auto first = given_.begin() + static_cast<std::ptrdiff_t>(i * width());
      const auto last = first + static_cast<std::ptrdiff_t>(width());
      const auto lacking = std::find(first, last, false);
      if (lacking == last || std::find(first, last, true) == last) continue;
      const auto number = static_cast<std::size_t>(lacking - first);
      const std::size_t numbers = next_.numbers_.size();
      const Slot& slot = number < numbers ? next_.numbers_[number] : next_.slots_[number - numbers];
      throw ValueError{
          text(fmt::format("a parameter's state must be whole, \"{}\" of \"{}\" is missing", slot.name, names_[i]))};
    }
    return std::move(next_);
  }

 private:
  std::size_t width() const noexcept { return next_.numbers_.size() + next_.slots_.size(); }

  Place find(const StateEntry& entry) const {
    const auto name = std::find(names_.begin(), names_.end(), entry.parameter);
    if (name == names_.end())
      throw ValueError{text(fmt::format("no parameter is called \"{}\", which state is given for", entry.parameter))};
    const auto parameter = static_cast<std::size_t>(name - names_.begin());
    const auto is_called = [&entry](const Slot& slot) { return slot.name == entry.slot; };
    if (const auto at = std::find_if(next_.numbers_.begin(), next_.numbers_.end(), is_called);
        at != next_.numbers_.end())
      return {parameter, static_cast<std::size_t>(at - next_.numbers_.begin()), true};
    if (const auto at = std::find_if(next_.slots_.begin(), next_.slots_.end(), is_called); at != next_.slots_.end())
      return {parameter, static_cast<std::size_t>(at - next_.slots_.begin()), false};
    throw ValueError{
        text(fmt::format("no state is called \"{}\", there is {}", entry.slot, list(next_.numbers_, next_.slots_)))};
  }

  void check(const StateEntry& entry, const Place& place) const {
    const Parameter& p = parameters_[place.parameter];
    const Shape shape = place.is_number ? Shape{} : p.shape();
    const DType dtype = place.is_number ? DType::f64 : p.dtype();
    const std::string_view whose = place.is_number ? "that of a number" : "its parameter's";
    const auto found = [&] {
      return fmt::format("\n  state: \"{}\" {} of {}\n  parameter: \"{}\" {} of {}", entry.name(),
                         to_string(entry.value.shape()), name_of(entry.value.dtype()), names_[place.parameter],
                         to_string(p.shape()), name_of(p.dtype()));
    };
    if (entry.value.shape() != shape) {
      throw ShapeError{text(fmt::format("state must have {} shape, got {} for {}{}", whose,
                                        to_string(entry.value.shape()), to_string(shape), found()))};
    }
    if (entry.value.dtype() != dtype) {
      throw DTypeError{text(fmt::format("state must have {} dtype, got {} for {}{}", whose,
                                        name_of(entry.value.dtype()), name_of(dtype), found()))};
    }
  }

  std::string text(const std::string& what) const {
    return fmt::format("{}: {}\n  at {}", optimizer_, what, capstan::place(where_));
  }

  State next_;
  std::string_view optimizer_;
  const std::vector<Parameter>& parameters_;
  std::vector<std::string> names_;
  const std::source_location& where_;
  std::vector<bool> given_;  // numbers and slots, parameter by parameter
};

void State::restore(std::string_view optimizer, const std::vector<Parameter>& parameters,
                    const std::vector<std::string>& names, const std::vector<StateEntry>& entries,
                    const std::source_location& where) {
  Restoring restoring{*this, optimizer, parameters, names, where};
  for (const StateEntry& entry : entries) restoring.put(entry);
  *this = std::move(restoring).result();
}

}  // namespace capstan::optim
