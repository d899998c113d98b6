// FileColumn: what a reader of files made of a column – the rows of X and Y that it became, and its categories. A Dataset
// carries it, so that a later file can be read in the same way (CsvOptions::like) and codes can be turned back into
// names.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace capstan::data {

struct FileColumn {
  /// Where a column went: nowhere, to X, or to Y.
  enum class Use : std::uint8_t { ignored, feature, target };
  /// The form that it has there.
  enum class Content : std::uint8_t {
    numbers,
    one_hot,   ///< categories, each a row of X that is 1 where it occurs
    codes,     ///< categories, counted from 0 in one row of X
    classes,   ///< of a target: names of classes
    positions  ///< of a target: indices of the classes that the first line of the file names
  };

  std::string name;
  Use use = Use::feature;
  Content content = Content::numbers;
  std::vector<std::string> categories = {};  ///< or classes; the one at position k is row, code or label k
  std::int64_t row = 0;                      ///< in Y, or the first one in X
  double fill = 0.0;       ///< what a missing value is filled with: the mean, or the position of a category
  bool indicator = false;  ///< whether a row "column=missing" follows in X
  bool labels = false;     ///< of a target: whether Y is (m) of i32
};

using FileColumns = std::vector<FileColumn>;

}  // namespace capstan::data
