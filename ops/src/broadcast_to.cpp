#include <capstan/graph/algebra.hpp>
#include <capstan/ops/views.hpp>

namespace capstan {

Var broadcast_to(const Operand& x, const Shape& shape, std::source_location where) {
  return record_broadcast_to(x, shape, where);
}

}  // namespace capstan
