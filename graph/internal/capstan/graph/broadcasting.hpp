// The shape rule of elementwise ops.
#pragma once

#include <initializer_list>
#include <string_view>

#include <capstan/graph/op.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan {

/// The dtype that all inputs share, and the shape to which they broadcast. DTypeError, also for i32 unless `integers`;
/// ShapeError, naming the first axis along which two inputs do not fit each other.
ArrayType infer_broadcast(const Signature& signature, std::initializer_list<std::string_view> inputs, bool integers);

}  // namespace capstan
