// The first reading of a CSV file: it checks every value, and finds out what the columns hold.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "csv_reader.hpp"
#include "csv_table.hpp"

namespace capstan::data::csv {

/// Reads all examples. Nothing that `encode` is later given can be wrong after that.
void scan(CsvReader& reader, Table& table);

/// Gives every column its rows of X, and every category its index. Answers with the names of the rows of X.
std::vector<std::string> arrange(Table& table);

/// A value as a number: itself, or the index of its category or class.
double encode(const Column& column, std::string_view field);

}  // namespace capstan::data::csv
