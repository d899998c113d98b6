// CSV files of any content for tests: what load_csv makes of them, refuses and warns of.
#pragma once

#include <source_location>
#include <string>
#include <vector>

#include <capstan/data/csv.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"
#include "files.hpp"

namespace test {

using Names = std::vector<std::string>;

/// Reads a file of this content. Warnings that the options send nowhere else are dropped.
capstan::data::Dataset load(const std::string& content, capstan::data::CsvOptions options = {},
                            std::source_location where = std::source_location::current());

/// What load_csv warns of, as `complaint` puts it.
Names warnings(const std::string& content, capstan::data::CsvOptions options = {});

/// The rule of a message and the place in the file: "a value is missing @ line 3, column "a"".
std::string complaint(const std::string& message);

/// The complaint of the error of exactly this type, or "" if there is none.
template <class E = capstan::IoError>
std::string refusal(const std::string& content, const capstan::data::CsvOptions& options = {}) {
  try {
    (void)load(content, options);
  } catch (const E& error) {
    return complaint(error.what());
  }
  return {};
}

/// A row of a matrix.
std::vector<double> row(const capstan::Tensor& x, std::int64_t index);
/// All elements in order.
std::vector<double> all(const capstan::Tensor& y);

}  // namespace test
