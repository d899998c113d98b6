#include <capstan/graph/op.hpp>
#include <capstan/ops/views.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan {

namespace {

class StopGradient final : public OpOf<View> {
 public:
  std::string_view name() const noexcept override { return "stop_gradient"; }
  ArrayType infer(const Signature& s) const override { return {s.dtype(0), s.shape(0)}; }
  View made(const Types&, std::span<const Word>) const override { return {&same}; }

 private:
  static std::optional<Layout> same(const Layout& x, const Shape&, std::span<const Word>) { return x; }
};

constexpr StopGradient stop_gradient_op;

}  // namespace

Var stop_gradient(const Operand& x, std::source_location where) { return record(stop_gradient_op, {&x}, {}, where); }

}  // namespace capstan
