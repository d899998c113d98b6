// Finds out what divides the fields of a file whose options do not say it.
#pragma once

#include <capstan/data/csv.hpp>

#include "csv_reader.hpp"

namespace capstan::data::csv {

/// The delimiter of the options; where they give none, the one of comma, semicolon and tab that occurs equally often in
/// each of the first lines, or else a comma. Warns unless it is a comma. IoError where several occur so. The reader
/// stands at the header, if there is one.
char choose_delimiter(const CsvReader& reader, const CsvOptions& options, const Origin& origin);

}  // namespace capstan::data::csv
