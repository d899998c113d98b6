// Linear: one layer without its activation, z = W·x + b. The piece that custom architectures are built of.
#pragma once

#include <cstdint>
#include <optional>
#include <source_location>

#include <capstan/graph/parameter.hpp>
#include <capstan/graph/var.hpp>
#include <capstan/models/init.hpp>
#include <capstan/tensor/rng.hpp>

namespace capstan::models {

/// The sizes of a layer, and how it starts.
struct LinearOptions {
  std::int64_t inputs = 0;   ///< must be given
  std::int64_t outputs = 0;  ///< must be given
  bool bias = true;
  init::Initializer init = init::xavier();  ///< the layer does not know which activation follows
  DType dtype = DType::f32;
};

struct Linear {
  Parameter W;                 ///< (outputs, inputs)
  std::optional<Parameter> b;  ///< (outputs, 1), starts at 0

  /// Takes the random numbers for W from the generator: layers made one after the other differ.
  ///
  /// Throws    ValueError for fewer than one input or output, and for no initializer; ShapeError, DTypeError if the
  ///           initializer gives another shape or dtype; DTypeError for i32.
  Linear(const LinearOptions& options, Rng& rng, std::source_location where = std::source_location::current());

  /// z = W·x + b for x (inputs, m): z is (outputs, m).
  ///
  /// Throws    ShapeError for an x of another rank than 2, so that one example is (inputs, 1), or with other rows, and
  ///           for a W or b that was replaced by one of another shape; DTypeError as matmul; ValueError where x is not
  ///           on a tape.
  Var operator()(const Operand& x) const;

  /// Shows W and b.
  template <class Visitor>
  void visit(Visitor&& v) {
    v("W", W);
    v("b", b);
  }
};

}  // namespace capstan::models
