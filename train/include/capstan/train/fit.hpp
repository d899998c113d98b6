// fit: the training loop – epochs of mini-batches, with validation, a display of progress, and observers such as
// EarlyStopping that follow it. A step is rewind, cost, backward, step; whoever needs another loop writes these four
// lines.
//
//   const train::History history =
//       train::fit(net, train, {.epochs = 10, .batch_size = 64, .learning_rate = 0.1, .validation = &test});
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <source_location>
#include <string>
#include <type_traits>
#include <vector>

#include <capstan/data/dataset.hpp>
#include <capstan/graph/parameter.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/io/model.hpp>
#include <capstan/models/decision.hpp>
#include <capstan/models/pass.hpp>
#include <capstan/models/visit.hpp>
#include <capstan/optim/optimizer.hpp>
#include <capstan/optim/schedule.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/train/accuracy.hpp>
#include <capstan/train/checkpoint.hpp>
#include <capstan/train/history.hpp>
#include <capstan/train/observer.hpp>
#include <capstan/train/progress.hpp>

namespace capstan::train {

/// Options of fit.
struct FitOptions {
  std::int64_t epochs = 10;
  std::int64_t batch_size = 32;
  std::optional<double> learning_rate = {};  ///< of plain gradient descent; or give an optimizer
  optim::Optimizer* optimizer = nullptr;     ///< must live as long as the call
  /// Sets the learning rate before each step, which counts from 0 through all epochs: of the optimizer, or of plain
  /// gradient descent where neither an optimizer nor a learning rate is given.
  std::optional<optim::Schedule> schedule = {};
  bool shuffle = true;
  /// Decides the order of the examples, another one in every epoch, and the random numbers of a model that takes a Pass.
  std::uint64_t seed = 0;
  const data::Dataset* validation = nullptr;  ///< must live as long as the call
  /// Of validation too, where its y are classes and the model's operator() gives outputs for x: labels, one row of 0 and
  /// 1, columns with one 1 each, or any columns of 0 and 1 where the model's decision() is above_half.
  bool accuracy = true;
  /// Called in this order, after the display of progress; they must live as long as the call.
  std::vector<Observer*> observers = {};
  ProgressOptions progress = {};
  CheckpointOptions checkpoint = {};
};

/// The cost is not finite any more, as a rule because the learning rate is too high.
class DivergenceError : public Error {
 public:
  /// Made by fit.
  DivergenceError(const std::string& text, std::int64_t epoch, std::int64_t step, double cost)
      : Error{text}, epoch_{epoch}, step_{step}, cost_{cost} {}

  // The epoch and the step in it, from 1, and the cost that is not finite.
  std::int64_t epoch() const noexcept { return epoch_; }
  std::int64_t step() const noexcept { return step_; }
  double cost() const noexcept { return cost_; }

 private:
  std::int64_t epoch_, step_;
  double cost_;
};

namespace detail {

/// A model as the training loop sees it; the functions may change it.
struct Trainee {
  std::function<Var(const Var& x, const Tensor& y, const Pass& pass)> cost;
  std::function<Var(const Operand& x)> outputs;        // evaluated; empty where no operator() takes one input
  models::Decision decision = models::Decision::none;  // how outputs become answers
  bool takes_pass = false;                             // whether training may draw random numbers
  std::vector<NamedState> state;
  std::vector<NamedParameter> parameters;         // of them
  std::function<std::string()> description = {};  // what a builder was made of; empty for other models
};

History fit(const Trainee& trainee, const data::Dataset& train, const FitOptions& options,
            const std::source_location& where);

/// How a model takes what it learns from: as Operands, so that its errors can name the line where `fit` was called, or as
/// a Var and a Tensor; and with a Pass or without.
template <class Model>
concept CostOfOperandsAndPass = requires(Model& model, const Operand& x, const Operand& y, const Pass& pass) {
  { model.cost(x, y, pass) } -> std::convertible_to<Var>;
};
template <class Model>
concept CostOfVarAndPass = requires(Model& model, const Var& x, const Tensor& y, const Pass& pass) {
  { model.cost(x, y, pass) } -> std::convertible_to<Var>;
};
template <class Model>
concept CostOfOperands = requires(Model& model, const Operand& x, const Operand& y) {
  { model.cost(x, y) } -> std::convertible_to<Var>;
};
template <class Model>
concept CostOfVar = requires(Model& model, const Var& x, const Tensor& y) {
  { model.cost(x, y) } -> std::convertible_to<Var>;
};
template <class Model>
concept CostWithPass = CostOfOperandsAndPass<Model> || CostOfVarAndPass<Model>;
template <class Model>
concept GivesCost = CostWithPass<Model> || CostOfOperands<Model> || CostOfVar<Model>;

template <class Model>
Var cost_of(Model& model, const Var& x, const Tensor& y, const Pass& pass, const std::source_location& where) {
  if constexpr (CostOfOperandsAndPass<Model>) {
    return model.cost(Operand{x, where}, Operand{y, where}, pass);
  } else if constexpr (CostOfVarAndPass<Model>) {
    return model.cost(x, y, pass);
  } else if constexpr (CostOfOperands<Model>) {
    return model.cost(Operand{x, where}, Operand{y, where});
  } else {
    return model.cost(x, y);
  }
}

template <class Model>
Trainee trainee(Model& model, const std::source_location& where) {
  Trainee result;
  result.cost = [&model, where](const Var& x, const Tensor& y, const Pass& pass) -> Var {
    return cost_of(model, x, y, pass, where);
  };
  if constexpr (GivesOutputs<Model>) {
    result.outputs = [&model](const Operand& x) -> Var { return evaluate(model, x); };
    result.decision = models::decision_of(model);
  }
  result.takes_pass = CostWithPass<Model>;
  result.state = named_state(model, where);
  result.parameters = capstan::detail::parameters_of(result.state);
  if constexpr (requires { io::detail::describe(model, where); }) {
    result.description = [&model, where] { return io::detail::describe(model, where); };
  }
  return result;
}

}  // namespace detail

/// Trains a model: any struct with `visit` and a `cost(x, y)`, which takes Operands (or a Var and a Tensor) and
/// records the mean loss of a batch; or a `cost(x, y, pass)`, which is given a Pass for training, with random numbers
/// that `.seed` decides, and one for evaluation where it is validated. The sets' x and y may have any rank from 1 on, with the examples on the last axis;
/// which ones a model takes, its cost says. The model must not be const: training changes it.
///
/// Display   a line an epoch on the standard error stream, and a bar on a terminal; `.progress` changes it.
/// Resume    with `.checkpoint`, from the newest checkpoint that is whole; the history then begins with the epochs of the
///           runs before. A checkpoint of another model, data set, validation set, optimizer or order of the examples is
///           refused, and so is one of other observers that remember something.
/// Cost      from the third epoch on, a step of a model that allocates nothing itself allocates nothing.
/// Throws    before anything is trained: ValueError for epochs below 0, a batch size below 1, a learning rate that is
///           not finite or negative, a learning rate beside an optimizer or a schedule, none of the three, an observer that is
///           null, a model
///           without parameters, an optimizer that holds none of them, a set without examples; ShapeError for sets
///           whose x or y has no axis, whose x and y differ in m or whose features differ; IndexError for a label that
///           the cost refuses, where the model has an operator() whose outputs tell how many classes there are.
///           While training: DivergenceError, naming epoch, step and cost, where a cost is not finite: the parameters
///           keep what they had before that step, unless an observer writes them (see EarlyStopping); buffers have had it. Where a cost was
///           finite but its step was not, the end of the epoch tells. What an observer throws.
///           With `.checkpoint`: ValueError for options out of range, a folder that holds checkpoints where `.resume` is
///           not asked for, and a checkpoint of another training, saying what differs; IoError for a checkpoint that
///           cannot be written, for one that cannot be read – which says nothing against it, so that no older one is
///           taken –, and for a file of that name that is whole and none of fit's.
template <Visitable Model>
  requires(!std::is_const_v<Model>) && detail::GivesCost<Model>
History fit(Model& model, const data::Dataset& train, const FitOptions& options,
            std::source_location where = std::source_location::current()) {
  return detail::fit(detail::trainee(model, where), train, options, where);
}

}  // namespace capstan::train
