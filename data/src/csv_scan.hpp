// The first reading of a CSV file: it checks every value, and finds out what the columns hold.
#pragma once

#include "csv_reader.hpp"
#include "csv_table.hpp"

namespace capstan::data::csv {

/// Reads all examples. Nothing that `encode` is later given can be wrong after that.
void scan(CsvReader& reader, Table& table);

/// A value that is not missing as a number: itself, or the index of its category or class; −1 for one that the file of
/// `like` does not have.
double encode(const Table& table, const Column& column, std::string_view field);

}  // namespace capstan::data::csv
