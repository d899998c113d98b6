// Assigns the columns of a CSV file to rows of X and Y, after the first reading has found what they contain.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "csv_table.hpp"

namespace capstan::data::csv {

struct Arrangement {
  std::vector<std::string> feature_names;  // of the rows of X
  std::shared_ptr<const FileColumns> columns;
  bool labels = false;  // whether Y is (m) of i32
};

/// Assigns each column its rows of X or Y, and each category its index.
Arrangement arrange(Table& table);

}  // namespace capstan::data::csv
