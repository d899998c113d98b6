// Optimizer: what all optimizers share – the parameters they write, the learning rate, and one step that checks every
// gradient before it writes anything. To add an optimizer, derive from it and say in `update` how one parameter moves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <capstan/graph/gradients.hpp>
#include <capstan/graph/parameter.hpp>
#include <capstan/tensor/tensor.hpp>

namespace capstan::optim {

/// A learning rate that options must hold: it has no default, so that a program which leaves it out does not compile. It
/// is made of a number and read as one.
class LearningRate {
 public:
  constexpr LearningRate(double value) noexcept : value_{value} {}
  constexpr operator double() const noexcept { return value_; }

 private:
  double value_;
};

/// One tensor of an optimizer's memory, for checkpoints: "0.W1.momentum" belongs to the first parameter, W1.
struct StateEntry {
  std::string name;
  Tensor value;
};

class Optimizer {
 public:
  Optimizer(const Optimizer&) = delete;  // two copies would share one memory
  Optimizer& operator=(const Optimizer&) = delete;
  Optimizer(Optimizer&&) = default;
  Optimizer& operator=(Optimizer&&) = default;
  virtual ~Optimizer() = default;

  /// Moves every parameter that has a gradient, and leaves the others alone (`skipped` names them). Each write counts
  /// as a new version of the parameter. Nothing is written unless every gradient fits.
  ///
  /// Cost      one pass over parameters, gradients and memory; no heap allocation.
  /// Throws    ShapeError, DTypeError where a gradient is not of its parameter's shape or dtype; ValueError for an
  ///           optimizer that was moved from.
  void step(const Gradients& gradients, std::source_location where = std::source_location::current());

  const std::vector<Parameter>& parameters() const& noexcept { return parameters_; }
  std::vector<Parameter> parameters() const&& { return parameters_; }
  /// Names of the parameters that had no gradient in the last step; empty before the first.
  std::vector<std::string> skipped() const;

  double learning_rate() const noexcept { return learning_rate_; }
  /// ValueError unless finite and not negative.
  void set_learning_rate(double learning_rate, std::source_location where = std::source_location::current());

  /// What the optimizer remembers from step to step, copied.
  virtual std::vector<StateEntry> state() const = 0;
  /// Puts back what `state` gave; a parameter without an entry starts anew. Everything is checked before anything is
  /// written. ValueError for a name that is not known or comes twice; ShapeError, DTypeError.
  virtual void set_state(const std::vector<StateEntry>& entries,
                         std::source_location where = std::source_location::current()) = 0;

 protected:
  /// ValueError if there are no parameters, if one is given twice, or for the learning rate.
  Optimizer(std::string_view name, std::vector<Parameter> parameters, double learning_rate,
            const std::source_location& where);

  /// Moves a part of the parameter at `index`: p are its elements from `first` on, counted row-major, and dp is the
  /// gradient of each. Several threads move different parts at once, so write nothing but p and what is remembered of
  /// these elements (`remembered`); that a step writes the parameter is noted already.
  virtual void update(std::size_t index, std::int64_t first, std::span<float> p, std::span<const float> dp) = 0;
  virtual void update(std::size_t index, std::int64_t first, std::span<double> p, std::span<const double> dp) = 0;
  /// All elements of the parameter have been moved; called by one thread.
  virtual void updated(std::size_t) {}

  /// The same part of a tensor that the optimizer holds for the parameter, of its shape and dtype and row-major. Not
  /// counted as a write, as `mutable_data` would be: that count is for one thread.
  template <Element T>
  static std::span<T> remembered(const Tensor& memory, std::int64_t first, std::size_t count) {
    return {static_cast<T*>(memory.raw()) + first, count};
  }

  std::string_view name() const noexcept { return name_; }
  /// ValueError, naming the option and its value, unless it is finite and not negative.
  void check_not_negative(std::string_view option, double value, const std::source_location& where) const;

 private:
  [[noreturn]] void refuse(const Parameter& parameter, const Tensor& gradient, const std::source_location& where) const;

  std::string_view name_;  // of a string literal
  std::vector<Parameter> parameters_;
  struct Block {
    std::size_t parameter;
    std::int64_t begin, end;
  };
  void update_block(const Block& block);

  std::vector<const Tensor*> gradients_;  // of each parameter in this step; null: none
  std::vector<Block> blocks_;             // what one thread writes in one go
  std::int64_t elements_ = 0;             // of all parameters
  std::vector<bool> skipped_;             // one a parameter
  double learning_rate_;
};

}  // namespace capstan::optim
