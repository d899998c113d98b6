// The ops of a tape's life: expressions of the operands a, b and c, the step's number k, a parameter p and a tensor t.
#pragma once

#include <span>
#include <string_view>

#include <capstan/graph/tape.hpp>

#include "custom_ops.hpp"
#include "world.hpp"

namespace lives {

struct Given {
  capstan::Tape& tape;
  const capstan::Var& a;
  const capstan::Var& b;
  const capstan::Var& c;
  double k;
  const capstan::Parameter& p;
  const capstan::Tensor& t;
  const capstan::Tensor& labels;
  const capstan::Tensor& other;  ///< of the other dtype
  const CustomOps& ops;
};

struct Form {
  std::string_view text;
  capstan::Var (*make)(const Given& given);
  bool leaf = false;     ///< takes no Var
  bool cost = false;     ///< makes a value of one element
  bool refused = false;  ///< mostly
};

std::span<const Form> forms();
/// Whether an expression names an operand, by its letter.
bool names(std::string_view text, char operand);

}  // namespace lives
