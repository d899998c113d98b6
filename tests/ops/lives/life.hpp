// The life of a tape as data: the steps that it goes through, each a list of actions. Any list is a life – an action
// whose operands do not exist is left out, one that does not fit is refused by the library – so one that fails can be
// made smaller at will.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include <capstan/tensor/dtype.hpp>

namespace lives {

enum class Kind : std::uint8_t {
  op,               ///< to = a form of a, b, c
  gradient,         ///< to = gradient(a, b)
  gradient_along,   ///< to = gradient(a, b, c)
  backward,         ///< of a
  read,             ///< the value of a
  item,             ///< the number a
  keep,             ///< a
  update,           ///< writes the parameters that the last gradients are of
  write_parameter,  ///< the way-th
  write_tensor,     ///< the way-th
  write_value,      ///< into the tensor that was read of a last
  write_gradient,   ///< into the last gradients
  new_tensor,       ///< another shape or layout for one of the tensors
  use_stale,        ///< a Var of the step before
};

struct Action {
  Kind kind;
  std::uint32_t form;  ///< of an op: which line of forms()
  std::uint32_t to;    ///< values are numbered; no two actions of a step make the same
  std::uint32_t a;
  std::uint32_t b;
  std::uint32_t c;
  std::uint32_t way;  ///< which parameter or tensor, which shape
};

struct Step {
  double k;     ///< the number that changes from step to step
  bool refuse;  ///< whether the custom ops that may refuse do so
  std::vector<Action> actions;
};

/// How large the arrays are: several of a register, several of a tile, several for threads to share.
enum class Size : std::uint8_t { small, large, huge };

struct Life {
  capstan::DType dtype = capstan::DType::f64;
  Size size = Size::small;
  bool eager = false;
  int threads = 1;
  std::int64_t memory_budget = 0;
  std::vector<Step> steps;
};

Life generate(std::uint32_t seed);

/// Lives the life on one tape, and each of its steps also on a fresh tape and on a fresh eager one (or the other way
/// round). Returns what differs, or nothing.
std::string difference(const Life& life);

/// A life as small as dropping steps and actions makes it, of which `fails` is still true.
Life reduce(Life life, const std::function<bool(const Life&)>& fails);

/// As the C++ program that it stands for.
std::ostream& operator<<(std::ostream& out, const Life& life);

}  // namespace lives
