// Optimizer: what all optimizers share – the parameters they write, groups of them with options of their own, what is
// remembered of each, and one step that checks every gradient before it writes anything. To add an optimizer, derive from
// OptimizerOf and say in `move` how elements move.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <capstan/graph/gradients.hpp>
#include <capstan/graph/parameter.hpp>
#include <capstan/optim/group.hpp>
#include <capstan/optim/option.hpp>
#include <capstan/optim/parameter_list.hpp>
#include <capstan/optim/part.hpp>
#include <capstan/optim/state.hpp>
#include <capstan/tensor/tensor.hpp>

namespace capstan::optim {

/// What an optimizer says of itself.
struct Declaration {
  std::string_view name;  ///< of a string literal
  double learning_rate;
  double weight_decay = 0.0;
  std::vector<Group> groups = {};
  std::vector<Slot> slots = {};    ///< tensors like the parameter
  std::vector<Slot> numbers = {};  ///< beside the count of steps
  /// All other options that decide how elements move. Checkpoints keep them, and refuse those of other values.
  std::vector<Option> options = {};
};

class Optimizer {
 public:
  Optimizer(const Optimizer&) = delete;  // two copies would share one memory
  Optimizer& operator=(const Optimizer&) = delete;
  Optimizer(Optimizer&&) = default;
  Optimizer& operator=(Optimizer&&) = default;
  virtual ~Optimizer() = default;

  /// Moves every parameter that has a gradient, and leaves the others alone (`skipped` names them). Where a gradient is
  /// row-sparse, only its rows of the parameter and of what is remembered are read and written. Each write counts as a new
  /// version of the parameter. Nothing is written unless every gradient fits.
  ///
  /// Cost      one pass over parameters, gradients and memory; no heap allocation.
  /// Throws    ShapeError, DTypeError where a gradient is not of its parameter's shape or dtype; ValueError for an
  ///           optimizer that was moved from.
  void step(const Gradients& gradients, std::source_location where = std::source_location::current());

  std::string_view name() const noexcept { return name_; }
  const std::vector<Parameter>& parameters() const& noexcept { return parameters_; }
  std::vector<Parameter> parameters() const&& { return parameters_; }
  /// Names of the parameters that had no gradient in the last step; empty before the first.
  std::vector<std::string> skipped() const;

  double learning_rate() const noexcept { return learning_rate_; }
  /// Groups with a learning rate of their own keep its ratio to the optimizer's: a schedule that halves the one halves the
  /// others. They keep the rate itself where the optimizer was made with rate 0. ValueError unless finite and not negative.
  void set_learning_rate(double learning_rate, std::source_location where = std::source_location::current());
  /// The learning rate and the weight decay that a parameter is moved with. ValueError for one that is not among the
  /// optimizer's.
  double learning_rate(const Parameter& p, std::source_location where = std::source_location::current()) const;
  double weight_decay(const Parameter& p, std::source_location where = std::source_location::current()) const;

  /// The options by name and value, as text, all but the learning rate: {"momentum", "0.9"}, …, {"weight_decay", "0"}, and a
  /// line for each group. Two optimizers of one name and equal settings move equal parameters alike.
  Settings settings() const;

  /// What the optimizer remembers from step to step, copied: of each parameter that has been moved its "steps", numbers and
  /// slots. Options, such as the learning rate, are no state.
  std::vector<StateEntry> state() const { return state_.entries(names_); }
  /// Puts back what `state` gave; a parameter without an entry starts anew. Everything is checked before anything is
  /// written. ValueError for a parameter or slot that is not known, comes twice or is missing; ShapeError, DTypeError.
  void set_state(const std::vector<StateEntry>& entries, std::source_location where = std::source_location::current());

 protected:
  /// ValueError if there are no parameters, if one is given twice, for a learning rate or weight decay that is negative or
  /// not finite, and for groups that select nothing or have a parameter in common.
  Optimizer(ParameterList parameters, const Declaration& declaration, const std::source_location& where);

  /// Moves a part of a parameter. Several threads move different parts at once, so write nothing but p and the slots of
  /// the part's runs; that a step writes the parameter is noted already.
  virtual void update(const Part<float>& part) = 0;
  virtual void update(const Part<double>& part) = 0;
  /// All elements of the parameter at that position have been moved: writes the numbers that were declared, the first of
  /// which is numbers[1] (numbers[0] counts the steps). Called by one thread, where any were declared.
  virtual void updated(std::size_t parameter, std::span<double> numbers);

  /// ValueError, naming the option and its value, unless it is finite and not negative.
  void check_not_negative(std::string_view option, double value, const std::source_location& where) const;
  /// The same unless it is at least 0 and below 1, as the share of what is remembered must be.
  void check_share(std::string_view option, double value, const std::source_location& where) const;

  /// The options that the optimizer was made with, with the learning rate as it is now; groups keep theirs in proportion.
  template <class Made>
  Made current(const Made& made) const {
    Made now = made;
    now.learning_rate = learning_rate_;
    for (Group& group : now.groups) {
      if (group.learning_rate && first_learning_rate_ != 0.0)
        *group.learning_rate *= learning_rate_ / first_learning_rate_;
    }
    return now;
  }

 private:
  struct Options {
    std::optional<double> learning_rate;  // none: the optimizer's
    double weight_decay;
  };
  struct Member {
    const Tensor* value;
    std::int64_t elements;
    std::int64_t row_elements;
    std::size_t options;            // its group's, or the first
    const Tensor* slots = nullptr;  // in state_
    double* numbers = nullptr;      // in state_
    std::uint64_t last_step = 0;    // of the optimizer, in which it was moved
  };
  struct Work {
    std::size_t parameter;
    const Gradients::Entry* gradient;
    std::int64_t count;            // elements, or rows
    std::int64_t block;            // of both: what one thread moves in one go
    std::int64_t first_block = 0;  // of all
  };
  std::int64_t find_work(const Gradients& gradients, const std::source_location& where);
  void move_blocks();
  void move(const Work& work, std::int64_t begin, std::int64_t end);
  template <class T>
  void move_as(const Work& work, std::int64_t begin, std::int64_t end);
  void find_state();
  double rate_of(const Options& options) const noexcept;
  const Options& options_of(const Parameter& p, const std::source_location& where) const;
  [[noreturn]] void refuse(std::size_t parameter, const Gradients::Entry& gradient,
                           const std::source_location& where) const;

  std::string_view name_;
  std::vector<Parameter> parameters_;
  std::vector<std::string> names_;
  std::vector<Member> members_;   // one a parameter
  std::vector<Options> options_;  // those of no group first
  std::vector<Option> others_;    // as declared
  State state_;
  std::vector<Work> work_;  // of this step
  std::uint64_t steps_ = 0;
  double learning_rate_;
  double first_learning_rate_;  // as the optimizer was made with
};

/// What an optimizer Self derives from: `template <class T> void move(const optim::Part<T>& part)`, which is public, moves
/// elements, float or double.
template <class Self>
class OptimizerOf : public Optimizer {
 protected:
  using Optimizer::Optimizer;

 private:
  void update(const Part<float>& part) final { static_cast<Self&>(*this).move(part); }
  void update(const Part<double>& part) final { static_cast<Self&>(*this).move(part); }
};

}  // namespace capstan::optim
