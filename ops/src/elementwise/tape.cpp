#include "elementwise/tape.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>

#include <capstan/kernels/elementwise/elementwise.hpp>
#include <capstan/tensor/error.hpp>

#include "elementwise/list.hpp"

namespace capstan::elementwise {

namespace {

/// The first axis, counted as in the result, along which two inputs do not fit each other.
std::string misfit(const Signature& s) {
  std::size_t rank = 0;
  for (std::size_t i = 0; i < s.size(); ++i) rank = std::max(rank, s.shape(i).rank());
  for (std::size_t axis = 0; axis < rank; ++axis) {
    std::int64_t extent = 1;
    for (std::size_t i = 0; i < s.size(); ++i) {
      const std::size_t missing = rank - s.shape(i).rank();
      const std::int64_t other = axis < missing ? 1 : s.shape(i)[axis - missing];
      if (extent != 1 && other != 1 && other != extent)
        return fmt::format("axis {} has {} and {}", axis, extent, other);
      if (extent == 1) extent = other;
    }
  }
  return "the result would have more elements than 63 bits count";
}

template <class S, std::size_t... I>
ArrayType infer_for(const Signature& signature, std::index_sequence<I...>) {
  return infer(signature, {S::inputs[I]...}, S::Kernel::integers);
}

template <class S>
class ElementwiseOp final : public Op {
  using Kernel = typename S::Kernel;
  static_assert(std::size(S::inputs) == Kernel::inputs, "every input of the kernel has a label");

 public:
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

  Recompute recompute() const noexcept override {
    constexpr bool cheap = requires { requires S::cheap; };
    return cheap ? Recompute::cheap : Recompute::costly;
  }

  ElementwiseKernel elementwise(DType dtype) const noexcept override {
    return kernels::elementwise_kernel<Kernel>(dtype);
  }
};

template <class S>
constinit const ElementwiseOp<S> instance{};

}  // namespace

template <class S>
const Op& op_of() noexcept {
  return instance<S>;
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

ArrayType infer(const Signature& signature, std::initializer_list<std::string_view> inputs, bool integers) {
  const DType dtype = signature.common_dtype(inputs, integers);
  Shape shape = signature.shape(0);
  for (std::size_t i = 1; i < signature.size(); ++i) {
    if (broadcast(Shape{shape}, signature.shape(i), shape)) continue;
    throw ShapeError{signature.message(fmt::format("shapes do not broadcast: {}", misfit(signature)), inputs)};
  }
  return {dtype, shape};
}

}  // namespace capstan::elementwise
