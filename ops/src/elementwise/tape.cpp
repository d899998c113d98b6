#include "elementwise/tape.hpp"

#include <array>
#include <bit>
#include <iterator>
#include <utility>

#include <capstan/graph/algebra.hpp>
#include <capstan/graph/broadcasting.hpp>
#include <capstan/kernels/elementwise/elementwise.hpp>

#include "elementwise/list.hpp"

namespace capstan::elementwise {

namespace {

template <class S, std::size_t... I>
ArrayType infer_for(const Signature& signature, std::index_sequence<I...>) {
  return infer_broadcast(signature, {S::inputs[I]...}, S::Kernel::integers);
}

template <class S>
class ElementwiseOp final : public OpOf<Elementwise> {
  using Kernel = typename S::Kernel;
  static constexpr bool is_cheap = requires { requires S::cheap; };
  static_assert(std::size(S::inputs) == Kernel::inputs, "every input of the kernel has a label");

 public:
  constexpr ElementwiseOp() noexcept : OpOf{is_cheap ? Recompute::cheap : Recompute::costly} {}

  std::string_view name() const noexcept override { return Kernel::name; }

  ArrayType infer(const Signature& signature) const override {
    return infer_for<S>(signature, std::make_index_sequence<Kernel::inputs>());
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    if constexpr (requires { S::gradient(rule, dx); }) {
      S::gradient(rule, dx);
    } else if constexpr (requires { S::gradient(rule); }) {
      if (rule.needs(0)) dx[0] = S::gradient(rule);
    }
  }

  Elementwise made(const Types& types, std::span<const Word>) const override {
    return {kernels::elementwise_kernel<Kernel>(types.output.dtype)};
  }

  void describe([[maybe_unused]] Description& d, [[maybe_unused]] std::span<const Word> words) const override {
    if constexpr (requires { typename Kernel::Attributes; }) {
      constexpr auto& names = Kernel::Attributes::names;
      static_assert(sizeof(typename Kernel::Attributes) == std::size(names) * sizeof(double),
                    "every option has a name");
      for (std::size_t i = 0; i < std::size(names); ++i) d.add(names[i], std::bit_cast<double>(words[i]));
    }
  }
};

template <class S>
constinit const ElementwiseOp<S> instance{};

}  // namespace

template <class S>
const Op& op_of() noexcept {
  return instance<S>;
}

/// The addition is the engine's op, so that passes that look for sums find it.
template <>
const Op& op_of<Add>() noexcept {
  return addition();
}

namespace {

// Taking their addresses makes the compiler write op_of for every struct in the list.
template <class... S>
constexpr std::array<OpFunction, sizeof...(S)> functions_of(List<S...>) noexcept {
  return {&op_of<S>...};
}
constexpr auto functions = functions_of(All{});

}  // namespace

std::span<const OpFunction> all_ops() noexcept { return functions; }

}  // namespace capstan::elementwise
