// operator<< of parameters, buffers and Vars: the text that fmt prints for the value.
#include <ostream>

#include <capstan/graph/state_tensor.hpp>
#include <capstan/graph/var.hpp>

namespace capstan {

std::ostream& operator<<(std::ostream& out, const StateTensor& x) { return out << x.value(); }
std::ostream& operator<<(std::ostream& out, const detail::Printed& printed) {
  return out << printed.x.value(printed.where);
}

}  // namespace capstan
