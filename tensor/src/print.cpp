// operator<< of shapes, dtypes and tensors: the text that fmt prints.
#include <ostream>

#include <capstan/tensor/format.hpp>

namespace capstan {

std::ostream& operator<<(std::ostream& out, DType dtype) { return out << name_of(dtype); }
std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << to_string(shape); }
std::ostream& operator<<(std::ostream& out, const Tensor& tensor) { return out << to_string(tensor); }

}  // namespace capstan
