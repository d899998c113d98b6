// Var: a value on a tape, recorded but perhaps not computed yet. Operand: what an op takes – a Var, a Parameter, a
// Buffer, a Tensor or a number.
#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <source_location>
#include <type_traits>

#include <capstan/graph/buffer.hpp>
#include <capstan/graph/parameter.hpp>
#include <capstan/tensor/tensor.hpp>

namespace capstan {

namespace engine {

class Op;
class Recorder;
class TapeState;

/// The part of a tape that stays valid after the tape is gone, so that its Vars can tell. The tape's state follows it in
/// memory.
struct alignas(64) TapeHome {
  std::atomic<std::uint32_t> generation{0};  ///< of the Vars since the last rewind; 0 while there is no tape
};

}  // namespace engine

/// A 16-byte handle. It is valid until its tape is rewound or destroyed; using it later throws StaleVarError.
class Var {
 public:
  /// No value. Every use throws StaleVarError.
  Var() = default;

  const Shape& shape() const;
  DType dtype() const;
  /// Computes the value if it is not computed yet. The tensor never changes afterwards. As long as it is held, so is the
  /// memory of all values that were computed together with it, unless it is a small part of that memory: copy() a tensor
  /// that you keep for long, or write into.
  /// Throws StaleValueError if a leaf that the value depends on was written since it was recorded, or the value's own
  /// memory since it was computed.
  Tensor value(std::source_location where = std::source_location::current()) const;
  /// The value as a number. ShapeError if it has not exactly one element.
  double item(std::source_location where = std::source_location::current()) const;

  /// True if this handle was ever given a value, which may be stale.
  explicit operator bool() const noexcept { return home_ != nullptr; }

  /// The tape's state; null for a Var that was never given a value. Valid only while `is_current`.
  engine::TapeState* state() const noexcept {
    return home_ == nullptr ? nullptr : reinterpret_cast<engine::TapeState*>(home_ + 1);
  }
  /// True if the tape was not rewound since the value was recorded, and still exists.
  bool is_current() const noexcept {
    return home_ != nullptr && home_->generation.load(std::memory_order_relaxed) == generation_;
  }
  /// True if both were recorded on the same tape.
  bool is_beside(const Var& other) const noexcept { return home_ == other.home_; }
  /// True if its tape does not exist any more.
  bool is_orphan() const noexcept { return home_ != nullptr && home_->generation.load(std::memory_order_relaxed) == 0; }
  std::uint32_t id() const noexcept { return id_; }
  std::uint32_t generation() const noexcept { return generation_; }

 private:
  friend class engine::Recorder;
  Var(engine::TapeHome& home, std::uint32_t id) noexcept
      : home_{&home}, id_{id}, generation_{home.generation.load(std::memory_order_relaxed)} {}

  engine::TapeHome* home_ = nullptr;
  std::uint32_t id_ = 0;
  std::uint32_t generation_ = 0;
};

namespace detail {

/// A Var to be printed, and the user's line, which operator<< cannot take as an argument.
struct Printed {
  Printed(const Var& value, std::source_location line = std::source_location::current()) noexcept
      : x{value}, where{line} {}
  const Var& x;
  std::source_location where;
};

}  // namespace detail

/// Prints the value, computed as value() does.
std::ostream& operator<<(std::ostream& out, const detail::Printed& printed);

namespace engine {

/// The op that recorded a value, for functions that record another form for a certain operand: the loss of a sigmoid.
const Op& op_of(const Var& x);
/// An input of that op.
Var input_of(const Var& x, std::size_t index);

}  // namespace engine

/// Made by implicit conversion where an op is called, and valid only during the call: it refers to the object that it was
/// made of. It stores the line of the call, from which operators know the user's line.
class Operand {
 public:
  enum class Kind : std::uint8_t { var, parameter, tensor, number, buffer };

  Operand(const Var& x, std::source_location where = std::source_location::current()) noexcept
      : kind_{Kind::var}, var_{x}, where_{where} {}
  Operand(const Parameter& p, std::source_location where = std::source_location::current()) noexcept
      : kind_{Kind::parameter}, object_{&p}, where_{where} {}
  Operand(const Buffer& b, std::source_location where = std::source_location::current()) noexcept
      : kind_{Kind::buffer}, object_{&b}, where_{where} {}
  Operand(const Tensor& t, std::source_location where = std::source_location::current()) noexcept
      : kind_{Kind::tensor}, object_{&t}, where_{where} {}
  template <class T>
    requires(std::is_arithmetic_v<T> && !std::same_as<T, bool>)
  Operand(T number, std::source_location where = std::source_location::current()) noexcept
      : kind_{Kind::number}, number_{static_cast<double>(number)}, where_{where} {}

  Operand(const Operand&) = delete;
  Operand& operator=(const Operand&) = delete;

  // The object that it refers to; each accessor is for its own kind alone.
  Kind kind() const noexcept { return kind_; }
  bool is_number() const noexcept { return kind_ == Kind::number; }
  const Var& var() const noexcept { return var_; }
  const Parameter& parameter() const noexcept { return *static_cast<const Parameter*>(object_); }
  const Buffer& buffer() const noexcept { return *static_cast<const Buffer*>(object_); }
  const Tensor& tensor() const noexcept { return *static_cast<const Tensor*>(object_); }
  double number() const noexcept { return number_; }
  const std::source_location& where() const noexcept { return where_; }

  /// Shape and dtype of the object. A number has shape () and f64 here, and takes the dtype of the other operand when
  /// it is recorded.
  const Shape& shape() const;
  DType dtype() const;

 private:
  Kind kind_;
  Var var_{};
  union {
    const void* object_ = nullptr;
    double number_;
  };
  std::source_location where_;
};

}  // namespace capstan
