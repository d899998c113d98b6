#include <capstan/tensor/visit_dtype.hpp>

#include <capstan/data/csv.hpp>

#include <cstddef>
#include <cstdio>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <capstan/data/origin.hpp>
#include "csv_arrange.hpp"
#include "csv_delimiter.hpp"
#include "csv_header.hpp"
#include "csv_options.hpp"
#include "csv_reader.hpp"
#include "csv_scan.hpp"
#include "csv_suspect.hpp"
#include "csv_table.hpp"
#include "file_reader.hpp"

namespace capstan::data {
namespace {

std::string read_text(const Origin& origin, std::uint64_t max_bytes) {
  FileReader reader{origin, max_bytes};
  std::string text;
  for (std::size_t got = FileReader::piece; got == FileReader::piece;) {
    const std::size_t size = text.size();
    text.resize(size + FileReader::piece);
    got = reader.read(std::as_writable_bytes(std::span{text}.subspan(size)));
    text.resize(size + got);
  }
  if (text.empty()) origin.refuse("the file is empty");
  return text;
}

void check_size(const csv::Table& table, std::size_t rows) {
  std::uint64_t bytes = 0;
  const bool overflow = __builtin_mul_overflow(rows, static_cast<std::uint64_t>(table.examples), &bytes) ||
                        __builtin_mul_overflow(bytes, size_of(table.options.dtype), &bytes);
  if (overflow || bytes > table.options.max_bytes) {
    table.origin.refuse(fmt::format("X would be ({}, {}) and take more than max_bytes = {} bytes", rows, table.examples,
                                    table.options.max_bytes));
  }
}

// One example of X, which is all zeros so far.
template <class T>
void write_feature(const csv::Table& table, const csv::Column& column, std::string_view field, T* x) {
  const bool missing = table.is_missing(column, field);
  const double value = missing ? column.fill : csv::encode(table, column, field);
  if (column.content == csv::Content::numbers || column.codes) {
    x[column.row] = static_cast<T>(value);
  } else if (value >= 0.0) {
    x[column.row + static_cast<std::int64_t>(value)] = T{1};
  }
  if (missing && column.indicator >= 0) x[column.indicator] = T{1};
}

// The second reading. X and Y are (examples, rows) here.
template <class T>
void write(csv::CsvReader& reader, const csv::Table& table, Tensor& x, Tensor& y) {
  const bool labels = y.dtype() == DType::i32;
  T* to_x = x.mutable_data<T>().data();
  T* to_y = labels ? nullptr : y.mutable_data<T>().data();
  std::int32_t* to_label = labels ? y.mutable_data<std::int32_t>().data() : nullptr;
  while (reader.next()) {
    const auto fields = reader.fields();
    if (table.is_left_out(fields)) continue;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const csv::Column& column = table.columns[i];
      if (column.use == csv::Use::feature) write_feature(table, column, fields[i], to_x);
      if (column.use != csv::Use::target) continue;
      const double value = csv::encode(table, column, fields[i]);
      if (labels) {
        *to_label++ = static_cast<std::int32_t>(value);
      } else {
        to_y[column.row] = static_cast<T>(value);
      }
    }
    to_x += x.shape()[1];
    if (!labels) to_y += table.targets;
  }
}

}  // namespace

void warn_on_stderr(std::string_view message) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(message.size()), message.data());
}

Dataset load_csv(const std::filesystem::path& path, const CsvOptions& options, std::source_location where) {
  const Origin origin{"load_csv", path, where};
  csv::check_options(options, origin);
  const std::string text = read_text(origin, options.max_bytes);
  csv::CsvReader reader{text, options.comment, origin};
  for (std::int64_t i = 0; i < options.skip_lines && reader.skip_line(); ++i) continue;
  const char delimiter = csv::choose_delimiter(reader, options, origin);
  csv::check_delimiter(delimiter, options, origin);
  reader.divide_at(delimiter);

  csv::Table table{options, origin};
  csv::read_header(reader, table);
  const csv::CsvReader::Position first = reader.position();
  csv::scan(reader, table);
  csv::check_columns(table);
  csv::Arrangement arranged = csv::arrange(table);
  check_size(table, arranged.feature_names.size());

  const auto rows = static_cast<std::int64_t>(arranged.feature_names.size());
  Tensor x = Tensor::zeros({table.examples, rows}, options.dtype);
  Tensor y = arranged.labels ? Tensor::empty({table.examples}, DType::i32)
                             : Tensor::empty({table.examples, table.targets}, options.dtype);
  reader.go_to(first);
  visit_floating(options.dtype, [&]<class T>(T) { write<T>(reader, table, x, y); });
  return {x.transpose(), arranged.labels ? y : y.transpose(), std::move(arranged.feature_names),
          std::move(table.classes), std::move(arranged.columns)};
}

}  // namespace capstan::data
