// The kernel with which a fused group calls a user's elementwise function. It passes a tile in pieces, so that an
// operand that must be copied for the call – one element that is repeated, or memory that the output overwrites – fits
// into a small array on the stack.

#include <algorithm>
#include <array>
#include <cassert>

#include <fmt/format.h>
#include <boost/container/small_vector.hpp>

#include <capstan/graph/broadcasting.hpp>
#include <capstan/tensor/error.hpp>

#include <capstan/tensor/visit_dtype.hpp>
#include "tape/custom/function_op.hpp"

namespace capstan {

namespace {

constexpr std::size_t most_operands = 32;  // the limit of a fused group
constexpr std::int64_t piece = 256;        // elements

}  // namespace

ArrayType ElementwiseFunctionOp::infer(const Signature& signature) const {
  if (signature.size() > most_operands) {
    throw ValueError{signature.message(
        fmt::format("an elementwise op takes at most {} operands, got {}", most_operands, signature.size()), {})};
  }
  return infer_broadcast(signature, {}, true);
}

template <class T>
void ElementwiseFunctionOp::run(std::int64_t n, void* out, const void* const* in, unsigned scalars, const Word* words) {
  const auto [op, operands] = from_words<Attributes>({words, sizeof(Attributes) / sizeof(Word)});
  assert(op != nullptr);
  op->run_pieces(n, static_cast<T*>(out), {in, operands}, scalars);
}

template <class T>
void ElementwiseFunctionOp::run_pieces(std::int64_t n, T* out, std::span<const void* const> in,
                                       unsigned scalars) const {
  std::array<std::array<T, piece>, most_operands> copies;
  boost::container::small_vector<Array, 4> inputs(in.size());
  const auto is_single = [scalars](std::size_t i) { return (scalars >> i & 1u) != 0; };
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (is_single(i)) std::fill_n(copies[i].data(), std::min(n, piece), *static_cast<const T*>(in[i]));
  }
  Array output;
  output.dtype = dtype_of<T>();
  for (std::int64_t first = 0; first < n; first += piece) {
    const std::int64_t length = std::min(n - first, piece);
    output.data = out + first;
    output.shape = Shape{length};
    output.strides = row_major(output.shape);
    for (std::size_t i = 0; i < in.size(); ++i) {
      const T* from = is_single(i) ? copies[i].data() : static_cast<const T*>(in[i]) + first;
      if (from == output.data) from = std::copy_n(from, length, copies[i].data()) - length;
      inputs[i] = output;
      inputs[i].data = const_cast<T*>(from);  // CustomForward gives read access only
    }
    compute({.inputs = {inputs.data(), inputs.size()},
             .output = output,
             .words = {},
             .scratch = nullptr,
             .where = definition()->made});
  }
}

Elementwise ElementwiseFunctionOp::made(const Types& types, std::span<const Word>) const {
  return {visit_dtype(types.output.dtype, []<class T>(T) -> ElementwiseKernel { return &run<T>; })};
}

}  // namespace capstan
