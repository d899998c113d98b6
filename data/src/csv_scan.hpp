// The first reading of a CSV file: it checks every value, and finds out what the columns hold.
#pragma once

#include "csv_reader.hpp"
#include "csv_table.hpp"

namespace capstan::data::csv {

/// Reads and checks all examples, so that `encode` cannot fail for any of their values.
void scan(CsvReader& reader, Table& table);

/// Converts a value that is not missing to a number: its own, or the index of its category or class; −1 for a category
/// that the file of `like` does not have.
double encode(const Table& table, const Column& column, std::string_view field);

}  // namespace capstan::data::csv
