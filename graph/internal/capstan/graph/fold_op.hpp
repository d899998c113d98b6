// FoldOp: a reduction along some axes. An op overrides `folding`, which returns the fold and its axes.
#pragma once

#include <cstddef>
#include <span>

#include <capstan/graph/op.hpp>

namespace capstan {

class FoldOp : public Op {
 public:
  bool accepts(std::size_t, const Array&) const override { return true; }
  std::size_t scratch_bytes(std::span<const Array> inputs, const Array& output, std::span<const Word> words,
                            int threads) const override;
  void forward(const Forward& f) const override;
};

}  // namespace capstan
