// What a user's mistake throws. Every message names the operation, the rule that was broken, the operands with their
// whole shapes, the numbers at fault and the line of the user's program; every type derives from capstan::Error.
#pragma once

#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>

namespace capstan {

/// The base of all that follow.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Shapes that do not fit an operation's rule, or that no tensor can have (negative, overflowing).
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// An element type that an operation does not take, or two that do not go together.
class DTypeError : public Error {
 public:
  using Error::Error;
};

/// A position, axis or label outside its range.
class IndexError : public Error {
 public:
  using Error::Error;
};

/// A number or an option outside its range, or a name that is not known.
class ValueError : public Error {
 public:
  using Error::Error;
};

/// A Var of an earlier recording: the tape was rewound since.
class StaleVarError : public Error {
 public:
  using Error::Error;
};

/// A leaf was written after it was recorded and before what depends on it was computed; or a value itself, through a
/// tensor read from the tape.
class StaleValueError : public Error {
 public:
  using Error::Error;
};

/// A file that cannot be read or written, or whose content is not what its format says.
class IoError : public Error {
 public:
  using Error::Error;
};

namespace engine {

/// A line for errors about dtypes: which literals make which dtype, and how to convert.
inline constexpr std::string_view literals_hint =
    "\n  in Tensor::from 1 is i32, 1.0f is f32 and 1.0 is f64; t.cast(DType::f32) converts a tensor, "
    "cast(x, DType::f32) a Var";

/// File and line of the user's program as messages print them: "train.cpp:42".
std::string place(const std::source_location& where);

}  // namespace engine

}  // namespace capstan
