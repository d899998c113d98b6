// What a CSV file holds by its form, but hardly by the intention of whoever wrote it.
#pragma once

#include "csv_table.hpp"

namespace capstan::data::csv {

/// Looks at the columns whose content no option tells. IoError for numbers in another notation, for categories that
/// differ in every example, and for a header that could be an example; warns of what may be meant.
void check_columns(const Table& table);

}  // namespace capstan::data::csv
