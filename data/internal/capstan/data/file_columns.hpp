// What columns that came from elsewhere – a model's file, a user's own list – must be like before a file is read by them.
#pragma once

#include <string>

#include <capstan/data/columns.hpp>

namespace capstan::data {

/// What keeps these columns from being those that load_csv makes of a file, in words; empty where nothing does.
///
/// A reader writes to the rows that columns name and counts rows by their widths, so that the rows of the features must
/// follow one another, those of n targets be 0 … n−1, and contents and fillings be ones that load_csv makes.
std::string fault_in(const FileColumns& columns);

}  // namespace capstan::data
