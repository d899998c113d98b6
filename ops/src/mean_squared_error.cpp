#include <capstan/ops/losses.hpp>

#include "elementwise/squared_error.hpp"
#include "pair_loss.hpp"

namespace capstan {

Var mean_squared_error(const Operand& p, const Operand& y, const LossOptions& options, std::source_location where) {
  const Composite whole{"mean_squared_error", {&p, &y}, where};
  check_pair("mean_squared_error", {"p", p}, {"y", y}, where);
  return reduced(elementwise::apply<elementwise::SquaredError>(where, p, y), options.reduction, where);
}

}  // namespace capstan
