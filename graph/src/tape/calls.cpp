#include "tape/calls.hpp"

#include <fmt/core.h>

#include <capstan/tensor/error.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan {

void Calls::refuse(std::string_view what, std::source_location where) const {
  throw ValueError{fmt::format("{}: a CustomOp's {} function cannot use the tape that calls it\n  at {}", what,
                               function_ == Function::shape ? "shape" : "forward", place(where))};
}

}  // namespace capstan
