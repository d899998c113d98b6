// Standardisation and columns as text.
#pragma once

#include <string>

#include <capstan/data/dataset.hpp>
#include <capstan/data/standardise.hpp>

namespace capstan::io {

std::string describe(const data::Standardiser& standardiser);
std::string describe(const data::Dataset& dataset);

}  // namespace capstan::io
