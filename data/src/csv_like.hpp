// Columns of a file that are read like those of an earlier one.
#pragma once

#include <cstdint>

#include "csv_table.hpp"

namespace capstan::data::csv {

/// The number of rows of X that a feature takes, without the indicator.
std::int64_t rows_of(const FileColumn& column);

/// Finds the columns of the earlier file by their names, columns of the same name in their order, and gives each the
/// role that it had there. IoError, with the line of the header, if the files do not have the same columns; ValueError
/// if an option contradicts the earlier file.
void assign_like(Table& table, std::int64_t line);

}  // namespace capstan::data::csv
