// Finds what a CSV file contains by its form, but hardly by the intention of its author.
#pragma once

#include "csv_table.hpp"

namespace capstan::data::csv {

/// Checks the columns whose content no option tells. IoError for numbers in another notation, for categories that
/// differ in every example, and for a header that could be an example; warns of values that may be intended.
void check_columns(const Table& table);

}  // namespace capstan::data::csv
