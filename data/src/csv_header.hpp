// Reads the first lines of a CSV file, and applies the options to its columns.
#pragma once

#include "csv_reader.hpp"
#include "csv_table.hpp"

namespace capstan::data::csv {

/// Reads the header, if there is one, and finds the columns that the options name. Afterwards the reader is at the first
/// example.
void read_header(CsvReader& reader, Table& table);

}  // namespace capstan::data::csv
