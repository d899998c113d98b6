// The first lines of a CSV file, and what the options say of its columns.
#pragma once

#include "csv_reader.hpp"
#include "csv_table.hpp"

namespace capstan::data::csv {

/// Reads the header, if there is one, and finds the columns that the options speak of. The reader stands at the first
/// example afterwards.
void read_header(CsvReader& reader, Table& table);

}  // namespace capstan::data::csv
