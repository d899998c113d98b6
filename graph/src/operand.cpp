#include "operand.hpp"

#include <fmt/core.h>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

#include "tape/describe.hpp"
#include "tape_state.hpp"

namespace capstan {

std::string describe(const Operand& operand) {
  const Var& x = operand.var();
  switch (operand.kind()) {
    case Operand::Kind::var:
      if (x.state() == nullptr) return "an empty Var";
      if (x.is_orphan()) return "a Var whose tape is gone";
      if (!x.is_current()) return "a Var of an earlier recording";
      return describe(x.state()->recording(), x.id());
    case Operand::Kind::parameter:
      return fmt::format("parameter \"{}\" {}", operand.parameter().name(operand.where()),
                         operand.parameter().shape(operand.where()));
    case Operand::Kind::buffer:
      return fmt::format("buffer \"{}\" {}", operand.buffer().name(operand.where()),
                         operand.buffer().shape(operand.where()));
    case Operand::Kind::tensor:
      return fmt::format("tensor {}", operand.tensor().shape());
    case Operand::Kind::number:
      break;
  }
  return "a number";
}

std::string engine::refusal(std::string_view name, std::string_view rule, std::initializer_list<Named> operands,
                            std::source_location where, std::string_view hint) {
  std::string text = fmt::format("{}: {}", name, rule);
  for (const Named& named : operands) text += fmt::format("\n  {}: {}", named.label, describe(named.operand));
  return text + fmt::format("{}\n  at {}", hint, place(where));
}

std::string engine::refusal(std::string_view name, std::string_view rule, std::span<const Operand* const> operands,
                            std::source_location where, std::string_view hint) {
  std::string text = fmt::format("{}: {}", name, rule);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    text += fmt::format("\n  operand {}: {}", i + 1, describe(*operands[i]));
  }
  return text + fmt::format("{}\n  at {}", hint, place(where));
}

}  // namespace capstan
