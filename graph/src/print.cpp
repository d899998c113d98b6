// operator<< of parameters and Vars: the text that fmt prints for the value.
#include <ostream>

#include <capstan/graph/parameter.hpp>
#include <capstan/graph/var.hpp>

namespace capstan {

std::ostream& operator<<(std::ostream& out, const Parameter& p) { return out << p.value(); }
std::ostream& operator<<(std::ostream& out, const detail::Printed& printed) {
  return out << printed.x.value(printed.where);
}

}  // namespace capstan
