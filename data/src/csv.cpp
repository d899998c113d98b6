#include <capstan/data/csv.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>

#include <fmt/format.h>

#include <capstan/graph/error.hpp>

#include "csv_reader.hpp"
#include "csv_scan.hpp"
#include "csv_table.hpp"
#include "file_reader.hpp"
#include "origin.hpp"

namespace capstan::data {
namespace {

void check_options(const CsvOptions& options, const Origin& origin) {
  const auto end = [&] { return fmt::format("\n  file: \"{}\"\n  at {}", origin.file.string(), place(origin.where)); };
  const auto refuse = [&](std::string_view rule) {
    throw ValueError{fmt::format("{}: {}{}", origin.who, rule, end())};
  };
  if (!is_floating(options.dtype))
    throw DTypeError{fmt::format("{}: dtype must be f32 or f64, got {}{}", origin.who, name_of(options.dtype), end())};
  if (options.skip_lines < 0) refuse(fmt::format("skip_lines must not be negative, got {}", options.skip_lines));
  if (options.max_categories < 1)
    refuse(fmt::format("max_categories must be at least 1, got {}", options.max_categories));
  if (options.delimiter == '"' || options.delimiter == '\n' || options.delimiter == '\r')
    refuse("the delimiter must be neither a quote nor a line end");
  if (options.missing_indicator && options.missing != Missing::fill)
    refuse("missing_indicator needs missing = Missing::fill");
  const std::size_t targets = options.target.columns().size();
  if (targets != 1 && (options.target_kind == TargetKind::labels || !options.classes.empty()))
    refuse(fmt::format("labels and classes need exactly one target, got {}", targets));
  std::vector<std::string> classes = options.classes;
  std::ranges::sort(classes);
  if (const auto twice = std::ranges::adjacent_find(classes); twice != classes.end())
    refuse(fmt::format("the class {} is given twice", excerpt(*twice)));
}

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
  const bool missing = table.is_missing(field);
  const double value = missing ? column.fill : csv::encode(column, field);
  if (column.content == csv::Content::numbers) {
    x[column.row] = static_cast<T>(value);
  } else {
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
      if (column.role == csv::Role::feature) write_feature(table, column, fields[i], to_x);
      if (column.role != csv::Role::target) continue;
      const double value = csv::encode(column, fields[i]);
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

bool has_labels(const csv::Table& table) {
  if (table.targets != 1 || table.options.target_kind == TargetKind::numbers) return false;
  const auto target = std::ranges::find(table.columns, csv::Role::target, &csv::Column::role);
  return table.options.target_kind == TargetKind::labels || target->content != csv::Content::numbers;
}

}  // namespace

Dataset load_csv(const std::filesystem::path& path, const CsvOptions& options, std::source_location where) {
  const Origin origin{"load_csv", path, where};
  check_options(options, origin);
  const std::string text = read_text(origin, options.max_bytes);
  csv::CsvReader reader{text, options.delimiter, origin};
  csv::Table table = csv::read_header(reader, options, origin);
  const csv::CsvReader::Position first = reader.position();
  csv::scan(reader, table);
  std::vector<std::string> names = csv::arrange(table);
  check_size(table, names.size());

  Tensor x = Tensor::zeros({table.examples, static_cast<std::int64_t>(names.size())}, options.dtype);
  const bool labels = has_labels(table);
  Tensor y = labels ? Tensor::empty({table.examples}, DType::i32)
                    : Tensor::empty({table.examples, table.targets}, options.dtype);
  reader.go_to(first);
  if (options.dtype == DType::f64) {
    write<double>(reader, table, x, y);
  } else {
    write<float>(reader, table, x, y);
  }
  return {x.transpose(), labels ? y : y.transpose(), std::move(names), std::move(table.classes)};
}

}  // namespace capstan::data
