// FunctionOp: a CustomOp as the tape sees it – an op whose rules are the user's functions. Each node of a user's op has a
// FunctionOp of its own, which the recording owns. If the step repeats with a newly constructed CustomOp, the node's
// FunctionOp is bound to the new functions, so that the plans that refer to it stay valid.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <source_location>
#include <span>
#include <string_view>
#include <utility>

#include <capstan/graph/custom_op.hpp>

namespace capstan {

/// The options of a CustomOp, and the line that constructed it, for errors of an elementwise `forward`.
struct CustomDefinition {
  CustomDefinition(CustomOpOptions given, std::source_location where) : options{std::move(given)}, made{where} {}

  CustomOpOptions options;
  std::source_location made;

  /// True if a node of `other` may be bound to this definition: they agree in everything that plans depend on.
  bool is_like(const CustomDefinition& other) const noexcept {
    return options.name == other.options.name && options.elementwise == other.options.elementwise &&
           static_cast<bool>(options.gradient) == static_cast<bool>(other.options.gradient);
  }
};

class FunctionOp : public Op {
 public:
  explicit FunctionOp(std::shared_ptr<const CustomDefinition> definition) : definition_{std::move(definition)} {}

  virtual ~FunctionOp() = default;

  const std::shared_ptr<const CustomDefinition>& definition() const noexcept { return definition_; }
  void bind(std::shared_ptr<const CustomDefinition> definition) noexcept { definition_ = std::move(definition); }

  std::string_view name() const noexcept override { return options().name; }
  ArrayType infer(const Signature& signature) const override;
  void forward(const Forward& f) const override { options().forward(CustomForward{f, options().name}); }
  void gradient(const Rule& rule, std::span<Var> dx) const override;
  Recompute recompute() const noexcept override { return Recompute::never; }
  bool gradient_may_change() const noexcept override { return static_cast<bool>(options().gradient); }

  /// The attributes of the op's node.
  virtual std::span<const Word> words() const noexcept { return {}; }

 protected:
  const CustomOpOptions& options() const noexcept { return definition_->options; }

 private:
  std::shared_ptr<const CustomDefinition> definition_;
};

/// A user's op with CustomOpOptions::elementwise. It runs in fused groups; the kernel is given nothing but the node's
/// attributes, which therefore include the address of the op.
class ElementwiseFunctionOp final : public FunctionOp {
 public:
  ElementwiseFunctionOp(std::shared_ptr<const CustomDefinition> definition, std::size_t operands)
      : FunctionOp{std::move(definition)}, words_{to_words(Attributes{this, operands})} {}

  ArrayType infer(const Signature& signature) const override;
  ElementwiseKernel elementwise(DType dtype) const override;
  std::span<const Word> words() const noexcept override { return words_; }

 private:
  struct Attributes {
    const ElementwiseFunctionOp* op;
    std::size_t operands;
  };

  template <class T>
  static void run(std::int64_t n, void* out, const void* const* in, unsigned scalars, const Word* words);
  template <class T>
  void run_pieces(std::int64_t n, T* out, std::span<const void* const> in, unsigned scalars) const;

  std::array<Word, 2> words_;
};

std::shared_ptr<FunctionOp> make_function_op(const std::shared_ptr<const CustomDefinition>& definition,
                                             std::size_t operands);

/// Records a user's op, as record() does an op of the library.
Var record_custom(const std::shared_ptr<const CustomDefinition>& definition, std::span<const Operand* const> operands,
                  std::source_location where);

}  // namespace capstan
