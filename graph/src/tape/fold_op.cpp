#include <capstan/graph/fold_op.hpp>

#include <capstan/kernels/fold/fold.hpp>

namespace capstan {

std::size_t FoldOp::scratch_bytes(std::span<const Array> inputs, const Array& output, std::span<const Word> words,
                                  int threads) const {
  const Array& x = inputs[0];
  return kernels::reduce_scratch(folding({x.dtype, x.shape}, words).value(), x, output, threads);
}

void FoldOp::forward(const Forward& f) const {
  const Array& x = f.inputs[0];
  kernels::reduce(folding({x.dtype, x.shape}, f.words).value(), x, f.output, f.scratch, f.threads);
}

}  // namespace capstan
