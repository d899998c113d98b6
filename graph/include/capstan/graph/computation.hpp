// Computation: how the value of an op is made. There are five kinds and no others: plans are made of what ops answer
// here, and know no operation. An answer depends on dtypes, shapes and attributes alone; how operands lie in memory,
// how many threads there are and how much memory may be used is the planner's business.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <variant>

#include <capstan/tensor/array.hpp>
#include <capstan/tensor/dtype.hpp>
#include <capstan/tensor/shape.hpp>

namespace capstan {

// Their header is not installed: only the library's own ops have these.
namespace kernels {
struct FoldKernels;
}  // namespace kernels

/// The dtypes and shapes of a node's inputs and of its value.
struct Types {
  /// The dtype and shape of one value.
  struct Type {
    DType dtype;
    const Shape* shape;
  };
  std::span<const Type> inputs;
  Type output;

  // The shape and dtype of an input.
  const Shape& shape(std::size_t input) const { return *inputs[input].shape; }
  DType dtype(std::size_t input) const { return inputs[input].dtype; }
};

/// How a value is made; a leaf has its value from outside the tape.
enum class Kind : std::uint8_t { leaf, elementwise, view, fold, contraction, call };

/// A kernel over a tile. Operands broadcast and have the value's dtype.
struct Elementwise {
  static constexpr Kind kind = Kind::elementwise;
  ElementwiseKernel kernel = nullptr;
};

/// The input's memory with another layout.
struct View {
  static constexpr Kind kind = Kind::view;
  /// The layout of the value, of shape y, if x is the layout of the input. Nothing if the value needs a copy of the
  /// input; for a row-major input there is always a layout.
  using Through = std::optional<Layout> (*)(const Layout& x, const Shape& y, std::span<const Word> words);
  Through through = nullptr;
};

/// A reduction along axes, in a tree that shape and strides decide.
struct Fold {
  static constexpr Kind kind = Kind::fold;
  const kernels::FoldKernels* kernels = nullptr;  ///< sum, max or min of the dtype
  std::uint32_t axes = 0;                         ///< a bit for each axis of x that is folded
  double divisor = 1.0;                           ///< the fold is divided by it
};

/// A sum of products: y[batch…, row…, column…] = Σ over depth… of a[batch…, row…, depth…] · b[batch…, depth…, column…].
///
/// Each axis of a factor has a role and a number among the axes of its role; a factor's axes stand in any order, with any
/// strides. The value has all batch axes, then a's rows, then b's columns, each in the order of their numbers, and is
/// row-major: an op whose value has them in another order records a view of it. Depth is summed in the order of its
/// numbers, the last one fastest. A factor need not have every batch axis, nor its whole extent, which is 1 then.
struct Contraction {
  static constexpr Kind kind = Kind::contraction;
  /// What an axis is summed over or becomes.
  enum class Role : std::uint8_t { batch, row, column, depth };

  /// Role and number of an axis in one byte, so that two factors fit in sixteen.
  class Axis {
   public:
    constexpr Axis() = default;
    constexpr Axis(Role role, std::size_t number) noexcept
        : code_{static_cast<std::uint8_t>(number << 2u | static_cast<std::size_t>(role))} {}
    // The two parts.
    constexpr Role role() const noexcept { return static_cast<Role>(code_ & 3u); }
    constexpr std::size_t number() const noexcept { return code_ >> 2u; }

   private:
    std::uint8_t code_ = 0;
  };
  /// What the axes of a factor are.
  struct Factor {
    std::array<Axis, max_rank> axes{};
  };
  Factor a, b;  ///< a has no column, b has no row
};

/// Anything else: CallOp::run makes one row-major array.
struct Call {
  static constexpr Kind kind = Kind::call;
  /// The layouts that an operand may have; an operand with another one is copied first.
  enum class Takes : std::uint8_t { row_major, any };

  std::size_t scratch_bytes = 0;  ///< aligned to 64
  std::size_t worker_bytes = 0;   ///< as much again for each thread, behind that: each piece is aligned to 64
  std::array<Takes, 4> takes{};   ///< of the first operands; the others are row-major
};

using Computation = std::variant<Elementwise, View, Fold, Contraction, Call>;
static_assert(std::is_trivially_copyable_v<Computation> && sizeof(Computation) <= 40);

}  // namespace capstan
