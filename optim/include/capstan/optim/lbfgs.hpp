// Lbfgs: the quasi-Newton method of limited memory, for whole sets of examples (or any smooth cost without noise). It
// computes the cost several times in a step, so it is given a function. It does what torch.optim.LBFGS (1.13) does with
// line_search_fn='strong_wolfe'.
//
//   optim::Lbfgs descent{parameters(net)};
//   const double before = descent.step([&] {
//     tape.rewind();
//     return net.cost(tape.constant(x), y);
//   });
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <source_location>
#include <string>
#include <vector>

#include <capstan/graph/parameter.hpp>
#include <capstan/graph/var.hpp>
#include <capstan/optim/group.hpp>
#include <capstan/optim/parameter_list.hpp>
#include <capstan/optim/state.hpp>

namespace capstan::optim {

/// Options of Lbfgs.
struct LbfgsOptions {
  LearningRate learning_rate = 1.0;  ///< the step length that a line search begins with
  std::int64_t max_iterations = 20;  ///< line searches in a step
  std::int64_t max_evaluations =
      0;  ///< of the cost in a step, after which no new line search begins; 0: 5/4 of the iterations
  double tolerance_gradient = 1e-7;  ///< a step ends where no element of the gradient is larger
  double tolerance_change = 1e-9;    ///< and where no parameter, or the cost, changes by more
  std::int64_t history = 100;        ///< how many changes of parameters and gradients are remembered
};

/// Moves all parameters together, along −H·g where H, which the last changes determine, stands for the inverse of the second
/// derivative, by a step length that satisfies the strong Wolfe conditions (c₁ = 1e-4, c₂ = 0.9). It computes in double,
/// whatever the parameters' dtype. A cost that is not finite within a line search counts as too high.
///
/// Cost      of an iteration: mostly one cost and its gradients; 4·history + 6 passes over vectors of all elements, of which
///           2·history + 6 are kept in double.
/// Throws    from the constructor, ValueError for an empty list, a parameter given twice, and options out of range.
/// Source    Nocedal, Wright, Numerical Optimization, 2nd ed. (2006), algorithms 7.4, 7.5, 3.5 and 3.6.
class Lbfgs {
 public:
  /// Records the cost on a tape, which it rewinds first.
  using Cost = std::function<Var()>;

  explicit Lbfgs(ParameterList parameters, const LbfgsOptions& options = {},
                 std::source_location where = std::source_location::current());
  Lbfgs(const Lbfgs&) = delete;  // two copies would move the same parameters
  Lbfgs& operator=(const Lbfgs&) = delete;
  Lbfgs(Lbfgs&&) = default;
  Lbfgs& operator=(Lbfgs&&) = default;
  ~Lbfgs() = default;

  /// Iterates until one of the options says that it is enough, and returns the cost before. Parameters that the cost does not
  /// depend on stay as they are. What the function throws passes through; the parameters then have the values that the line
  /// search began with.
  ///
  /// Throws    ValueError where the cost is not finite at the start; ShapeError where it has several elements.
  double step(const Cost& cost, std::source_location where = std::source_location::current());

  const LbfgsOptions& options() const noexcept { return options_; }
  const std::vector<Parameter>& parameters() const& noexcept { return parameters_; }
  std::vector<Parameter> parameters() const&& { return parameters_; }
  double learning_rate() const noexcept { return options_.learning_rate; }
  /// ValueError unless finite and above 0.
  void set_learning_rate(double learning_rate, std::source_location where = std::source_location::current());
  // In all steps.
  std::int64_t iterations() const noexcept { return iterations_; }
  std::int64_t evaluations() const noexcept { return evaluations_; }

  /// What is remembered from step to step, copied, under the name "Lbfgs"; empty before the first step. Save it with a
  /// checkpoint's tensors, by StateEntry::name.
  std::vector<StateEntry> state() const;
  /// Puts back what `state` gave. ValueError for entries that are unknown, come twice or are missing; ShapeError, DTypeError.
  /// Nothing is written then.
  void set_state(const std::vector<StateEntry>& entries, std::source_location where = std::source_location::current());

 private:
  using Vector = std::vector<double>;
  /// A change of the parameters, and that of the gradient.
  struct Change {
    Vector s, y;
    double rho;  // 1/(y·s)
  };
  struct Memory {
    Vector direction, gradient;   // of the last line search, the gradient before it
    std::vector<Change> changes;  // the oldest first
    double step_length = 0.0;     // of the last line search
    double scale = 1.0;           // of the second derivative's inverse at first
  };
  double evaluate(const Cost& cost, Vector& gradient, const std::source_location& where);
  void remember(const Vector& gradient);
  void choose_direction(const Vector& gradient);
  bool is_enough(double before, double now, const Vector& gradient) const;
  Vector read_parameters() const;
  void write_parameters(const Vector& x, double t, const std::source_location& where) const;

  LbfgsOptions options_;
  std::vector<Parameter> parameters_;
  std::size_t elements_ = 0;
  Memory memory_;
  std::int64_t iterations_ = 0, evaluations_ = 0;
};

}  // namespace capstan::optim
