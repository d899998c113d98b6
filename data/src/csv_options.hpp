#pragma once

#include <capstan/data/csv.hpp>

#include <capstan/data/origin.hpp>

namespace capstan::data::csv {

/// ValueError or DTypeError for options out of range or at odds with each other.
void check_options(const CsvOptions& options, const Origin& origin);

/// ValueError if numbers and fields would be divided by the same character without a header that tells how many fields
/// a line has.
void check_delimiter(char delimiter, const CsvOptions& options, const Origin& origin);

}  // namespace capstan::data::csv
