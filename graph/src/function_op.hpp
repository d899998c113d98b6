// FunctionOp: what a CustomOp is to the tape – an op whose rules are the user's functions.
#pragma once

#include <array>
#include <memory>
#include <source_location>
#include <span>
#include <string_view>
#include <utility>

#include <capstan/graph/custom_op.hpp>

namespace capstan {

class FunctionOp : public Op {
 public:
  explicit FunctionOp(CustomOpOptions options) : options_{std::move(options)} {}

  std::string_view name() const noexcept override { return options_.name; }
  ArrayType infer(const Signature& signature) const override;
  void forward(const Forward& f) const override { options_.forward(CustomForward{f, options_.name}); }
  void gradient(const Rule& rule, std::span<Var> dx) const override;
  Recompute recompute() const noexcept override { return Recompute::never; }
  bool gradient_may_change() const noexcept override { return static_cast<bool>(options_.gradient); }

 private:
  CustomOpOptions options_;
};

/// One with CustomOpOptions::elementwise. It runs in groups, by a kernel that knows nothing but the attributes of its
/// node: they name the op.
class ElementwiseFunctionOp final : public FunctionOp {
 public:
  /// `made` is the line of the user's program that makes it, for errors of its value function.
  ElementwiseFunctionOp(CustomOpOptions options, std::source_location made)
      : FunctionOp{std::move(options)}, made_{made} {}

  struct Attributes {
    const ElementwiseFunctionOp* op;
    std::size_t operands;
  };

  ArrayType infer(const Signature& signature) const override;
  ElementwiseKernel elementwise(DType dtype) const override;

 private:
  template <class T>
  static void run(std::int64_t n, void* out, const void* const* in, unsigned scalars, const Word* words);
  template <class T>
  void run_pieces(std::int64_t n, T* out, std::span<const void* const> in, unsigned scalars) const;

  std::source_location made_;
};

}  // namespace capstan
