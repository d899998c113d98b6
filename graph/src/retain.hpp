// Keeps an op alive for as long as the tape's recording that points at it.
#pragma once

#include <memory>

#include <capstan/graph/op.hpp>
#include <capstan/graph/var.hpp>

namespace capstan {

void retain(const Var& recorded, const std::shared_ptr<const Op>& op);

}  // namespace capstan
