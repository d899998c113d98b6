// Columns of a file that are read like those of an earlier one.
#pragma once

#include <cstdint>

#include "csv_table.hpp"

namespace capstan::data::csv {

/// How many rows of X a feature takes, without the indicator.
std::int64_t rows_of(const FileColumn& column);

/// Finds the columns of the earlier file by their names, several of one name in their order, and says of each what it
/// was there. IoError, with the line of the header, where the files do not have the same columns; ValueError where an
/// option says something else than the earlier file.
void assign_like(Table& table, std::int64_t line);

}  // namespace capstan::data::csv
