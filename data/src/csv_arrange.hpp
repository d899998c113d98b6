// Where the columns of a CSV file go, once it is known what they hold.
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

/// Gives every column its rows of X or Y, and every category its index.
Arrangement arrange(Table& table);

}  // namespace capstan::data::csv
