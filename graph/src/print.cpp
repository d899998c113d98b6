// What std::cout prints of a value: the text that fmt prints.
#include <ostream>

#include <capstan/graph/format.hpp>
#include <capstan/graph/parameter.hpp>
#include <capstan/graph/var.hpp>

namespace capstan {

std::ostream& operator<<(std::ostream& out, DType dtype) { return out << name_of(dtype); }
std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << to_string(shape); }
std::ostream& operator<<(std::ostream& out, const Tensor& tensor) { return out << to_string(tensor); }
std::ostream& operator<<(std::ostream& out, const Parameter& p) { return out << p.value(); }
std::ostream& operator<<(std::ostream& out, const Printed& printed) { return out << printed.x.value(printed.where); }

}  // namespace capstan
