// State: what an optimizer remembers from step to step – for each parameter named slots, which are tensors of its shape
// and dtype, and named numbers, the first of which counts its steps.
#pragma once

#include <cstddef>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <capstan/graph/parameter.hpp>
#include <capstan/tensor/tensor.hpp>

namespace capstan::optim {

/// Something that is remembered of every parameter, and what it is before the first step.
struct Slot {
  std::string_view name;  ///< of a string literal
  double initial = 0.0;
};

/// One tensor of an optimizer's state, for checkpoints. A number, such as the count of "steps", is an f64 of shape ().
struct StateEntry {
  std::string parameter;  ///< its name; "W#2" for the one at position 2 where several are called W
  std::string slot;
  Tensor value;

  /// "W.momentum": no two entries of an optimizer have the same.
  std::string name() const { return parameter + "." + slot; }
};

class State {
 public:
  State(const std::vector<Parameter>& parameters, std::vector<Slot> slots, std::vector<Slot> numbers);

  /// Of the parameter at that position: one tensor a slot.
  const Tensor* slots(std::size_t parameter) const noexcept { return tensors_.data() + parameter * slots_.size(); }
  /// Its steps, and then the numbers that were declared.
  std::span<double> numbers(std::size_t parameter) noexcept {
    return {all_numbers_.data() + parameter * number_count_, number_count_};
  }
  std::size_t number_count() const noexcept { return number_count_; }
  /// Besides the steps.
  bool has_numbers() const noexcept { return number_count_ > 1; }

  /// Of the parameters that have been moved.
  std::vector<StateEntry> entries(const std::vector<std::string>& names) const;
  /// Everything is checked before anything is written; a parameter without an entry starts anew.
  void restore(std::string_view optimizer, const std::vector<Parameter>& parameters,
               const std::vector<std::string>& names, const std::vector<StateEntry>& entries,
               const std::source_location& where);

 private:
  struct Place {
    std::size_t parameter;
    std::size_t slot;
    bool is_number;
  };
  class Restoring;

  std::vector<Slot> slots_, numbers_;
  std::vector<Tensor> tensors_;      // parameter by parameter
  std::vector<double> all_numbers_;  // parameter by parameter
  std::size_t number_count_;         // of one parameter
};

}  // namespace capstan::optim
