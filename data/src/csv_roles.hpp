// Finds the columns that the options name.
#pragma once

#include <cstdint>

#include "csv_table.hpp"

namespace capstan::data::csv {

/// The column that the option means. IoError, with the line of the header, if there is none.
Column& find_column(Table& table, const ColumnRef& ref, std::int64_t line);

/// Sets for each column what it is used for, and its content if an option tells.
void assign_roles(Table& table, std::int64_t line);

}  // namespace capstan::data::csv
