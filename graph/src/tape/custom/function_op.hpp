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

#include <capstan/tensor/engine.hpp>

namespace capstan {

/// The options of a CustomOp, and the line that constructed it, for errors of an elementwise `forward`.
struct engine::CustomDefinition {
  CustomDefinition(CustomOpOptions given, std::source_location where) : options{std::move(given)}, made{where} {}

  CustomOpOptions options;
  std::source_location made;

  /// True if a node of `other` may be bound to this definition: they agree in everything that plans depend on.
  bool is_like(const CustomDefinition& other) const noexcept {
    return options.name == other.options.name && options.elementwise == other.options.elementwise &&
           static_cast<bool>(options.gradient) == static_cast<bool>(other.options.gradient);
  }
};

class FunctionOp {
 public:
  explicit FunctionOp(std::shared_ptr<const CustomDefinition> definition) : definition_{std::move(definition)} {}
  FunctionOp(const FunctionOp&) = delete;
  FunctionOp& operator=(const FunctionOp&) = delete;
  virtual ~FunctionOp() = default;

  const std::shared_ptr<const CustomDefinition>& definition() const noexcept { return definition_; }
  void bind(std::shared_ptr<const CustomDefinition> definition) noexcept { definition_ = std::move(definition); }

  virtual const Op& op() const noexcept = 0;
  /// The attributes of the op's node.
  virtual std::span<const Word> words() const noexcept { return {}; }

 protected:
  const CustomOpOptions& options() const noexcept { return definition_->options; }
  void compute(const CallArguments& c) const { options().forward(CustomForward{c, options().name}); }
  void apply_rule(const Rule& rule, std::span<Var> dx) const;

 private:
  std::shared_ptr<const CustomDefinition> definition_;
};

/// A user's op that is given whole arrays.
class CallFunctionOp final : public CallOp, public FunctionOp {
 public:
  explicit CallFunctionOp(const std::shared_ptr<const CustomDefinition>& definition)
      : CallOp{Recompute::never, static_cast<bool>(definition->options.gradient)}, FunctionOp{definition} {}

  const Op& op() const noexcept override { return *this; }
  std::string_view name() const noexcept override { return options().name; }
  ArrayType infer(const Signature& signature) const override;
  void run(const CallArguments& c) const override { compute(c); }
  void gradient(const Rule& rule, std::span<Var> dx) const override { apply_rule(rule, dx); }
};

/// A user's op with CustomOpOptions::elementwise. It runs in fused groups; the kernel is given nothing but the node's
/// attributes, which therefore include the address of the op.
class ElementwiseFunctionOp final : public OpOf<Elementwise>, public FunctionOp {
 public:
  ElementwiseFunctionOp(const std::shared_ptr<const CustomDefinition>& definition, std::size_t operands)
      : OpOf{Recompute::never, static_cast<bool>(definition->options.gradient)},
        FunctionOp{definition},
        words_{to_words(Attributes{this, operands})} {}

  const Op& op() const noexcept override { return *this; }
  std::string_view name() const noexcept override { return options().name; }
  ArrayType infer(const Signature& signature) const override;
  Elementwise made(const Types& types, std::span<const Word> words) const override;
  void gradient(const Rule& rule, std::span<Var> dx) const override { apply_rule(rule, dx); }
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
