// Rows of a table, taken and put back by their indices: what an op that looks rows up is made of. The gradient of the
// table is recorded by `record_scatter_rows`; `backward` sees such a node and computes the rows alone.
#pragma once

#include <source_location>

#include <capstan/graph/op.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan {

/// Records rows of the table (count, …): row i of the result (n, …) is row indices[i], for indices (n) of i32. IndexError
/// for one outside the table, when the value is computed.
Var record_gather_rows(const Operand& table, const Operand& indices, std::source_location where);
/// Records a table of that shape (count, …) that is 0, but for the rows (n, …): rows[i] is added at indices[i], in this
/// order where an index comes several times.
Var record_scatter_rows(const Operand& rows, const Operand& indices, const Shape& table, std::source_location where);

const Op& scatter_rows() noexcept;

}  // namespace capstan
