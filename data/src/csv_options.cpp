#include "csv_options.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <capstan/data/file_columns.hpp>
#include <capstan/tensor/error.hpp>

#include "csv_number.hpp"

namespace capstan::data::csv {
namespace {

void check_characters(const CsvOptions& options, const Origin& origin) {
  if (options.delimiter == '"' || options.delimiter == '\n' || options.delimiter == '\r')
    origin.refuse_option("the delimiter must be neither a quote nor a line end");
  constexpr std::string_view of_numbers = "0123456789+-eE\"\n\r";
  const bool decimal_is_right = options.decimal != '\0' && of_numbers.find(options.decimal) == std::string_view::npos;
  if (!decimal_is_right)
    origin.refuse_option("decimal must be a character that stands nowhere else in a number, as '.' or ','");
  if (of_numbers.find(options.thousands) != std::string_view::npos || options.thousands == options.decimal)
    origin.refuse_option("thousands must be 0 or a character that stands nowhere else in a number");
  if (options.comment == '"' || options.comment == '\n' || options.comment == '\r')
    origin.refuse_option("comment must be neither a quote nor a line end");
}

void check_missing(const CsvOptions& options, const Origin& origin) {
  if (options.missing_target == Missing::fill)
    origin.refuse_option("missing_target must be refuse or drop_row, targets are not filled");
  if (options.missing_indicator && options.missing != Missing::fill)
    origin.refuse_option("missing_indicator needs missing = Missing::fill");
}

// As numbers too, if all are.
void check_classes(const CsvOptions& options, const Origin& origin) {
  const NumberFormat format{options.decimal, options.thousands};
  const auto is_number = [&](const std::string& name) { return parse_number(name, format).has_value(); };
  const bool numbers = std::ranges::all_of(options.classes, is_number);
  std::vector<std::string> classes;
  classes.reserve(options.classes.size());
  for (const std::string& name : options.classes) classes.push_back(numbers ? *canonical_number(name, format) : name);
  std::ranges::sort(classes);
  if (const auto twice = std::ranges::adjacent_find(classes); twice != classes.end())
    origin.refuse_option(fmt::format("the class {} is given twice", excerpt(*twice)));
}

}  // namespace

void check_options(const CsvOptions& options, const Origin& origin) {
  if (!is_floating(options.dtype)) {
    throw DTypeError{origin.message(fmt::format("dtype must be f32 or f64, got {}", name_of(options.dtype)))};
  }
  if (options.skip_lines < 0)
    origin.refuse_option(fmt::format("skip_lines must not be negative, got {}", options.skip_lines));
  if (options.max_categories < 1)
    origin.refuse_option(fmt::format("max_categories must be at least 1, got {}", options.max_categories));
  check_characters(options, origin);
  check_missing(options, origin);
  check_classes(options, origin);
  if (options.like.given()) {
    if (!options.like.columns()) origin.refuse_option("the data set of `like` must have been read by load_csv");
    if (const std::string fault = fault_in(*options.like.columns()); !fault.empty())
      origin.refuse_option(fmt::format("the columns of `like` are none that load_csv makes: {}", fault));
    return;
  }
  const std::size_t targets = options.target.columns().size();
  if (targets != 1 && (options.target_kind == TargetKind::labels || !options.classes.empty()))
    origin.refuse_option(fmt::format("labels and classes need exactly one target, got {}", targets));
}

void check_delimiter(char delimiter, const CsvOptions& options, const Origin& origin) {
  const bool divides_numbers = delimiter == options.decimal || delimiter == options.thousands;
  if (!divides_numbers || options.header == Header::names) return;
  origin.refuse_option(
      fmt::format("delimiter '{}' divides numbers too, and no header tells how many fields a line has", delimiter));
}

}  // namespace capstan::data::csv
