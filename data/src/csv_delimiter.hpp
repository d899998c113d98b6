// Finds the delimiter of a file whose options do not name it.
#pragma once

#include <capstan/data/csv.hpp>

#include "csv_reader.hpp"

namespace capstan::data::csv {

/// Returns the delimiter of the options. If they name none, returns the one of comma, semicolon and tab that occurs
/// equally often in each of the first lines, or else a comma, and warns unless it is a comma. IoError if several do.
/// The reader must be at the header, if there is one.
char choose_delimiter(const CsvReader& reader, const CsvOptions& options, const Origin& origin);

}  // namespace capstan::data::csv
