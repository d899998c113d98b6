// Plays the steps of a life on a tape, and notes what comes of each action.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <capstan/graph/gradients.hpp>
#include <capstan/graph/tape.hpp>

#include "forms.hpp"
#include "life.hpp"
#include "world.hpp"

namespace lives {

struct Outcome {
  enum class Kind : std::uint8_t { skipped, done, refused, excused };

  static constexpr std::size_t unknown = SIZE_MAX;

  Kind kind = Kind::skipped;            ///< excused: not available, for a reason that only this tape has
  std::string error;                    ///< its type and message
  std::vector<capstan::Tensor> values;  ///< copies
  std::size_t nodes = unknown;          ///< on the tape afterwards
};

class Player {
 public:
  Player(capstan::Tape& tape, World& world, Moment& moment, const CustomOps& ops)
      : tape_{tape}, world_{world}, moment_{moment}, ops_{ops} {}

  /// Leaves out what was excused on the tape that it is compared with.
  std::vector<Outcome> play(const Step& step, const std::vector<Outcome>& compared = {});
  /// Begins a step of which the actions come one by one.
  void begin(const Step& step);
  Outcome act(const Action& action, const Step& step);
  /// What is wrong beside what comes of the actions: a tensor that changed after it was read.
  std::string complaint() const;

 private:
  struct Value {
    capstan::Var var;
    std::uint64_t sources = 0;  ///< the leaves that it is made of, a bit each
    bool known = false;         ///< read in this step
  };
  struct Held {
    capstan::Tensor tensor;
    capstan::Tensor copy;
    std::size_t step;
  };

  bool lacks_operands(const Action& action) const;
  void perform(const Action& action, const Step& step, Outcome& outcome);
  void record(const Action& action, const Step& step);
  void backward(const Action& action, Outcome& outcome);
  void read(const Action& action, Outcome& outcome);
  void write(const Action& action, const Step& step);
  void use_stale(const Action& action, Outcome& outcome);
  void note_written(std::size_t parameter);
  void hold(const capstan::Tensor& tensor, const Action& action);
  bool may_be_stale(const Action& action, std::uint64_t sources) const;
  std::uint64_t sources(const Action& action);
  void make(const Action& action, const capstan::Var& var);
  const Value& value(std::uint32_t number) const;

  capstan::Tape& tape_;
  World& world_;
  Moment& moment_;
  const CustomOps& ops_;
  std::size_t step_ = 0;
  std::vector<Value> values_;
  std::vector<Value> stale_;
  std::uint64_t sources_ = 0;  ///< of what the action at hand makes
  std::uint64_t written_ = 0;  ///< leaves that were written since they were recorded
  bool memory_written_ = false;
  bool half_made_ = false;  ///< of a form's several ops only some may have been recorded
  std::vector<std::uint64_t> tensor_leaves_;
  unsigned leaves_ = 0;
  capstan::Gradients gradients_;
  std::vector<capstan::Gradients> held_gradients_;
  std::vector<Held> held_;
  std::string complaint_;
};

}  // namespace lives
