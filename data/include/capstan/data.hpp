// The data room: readers, data sets and mini-batches.
#pragma once

#include <capstan/data/batches.hpp>
#include <capstan/data/columns.hpp>
#include <capstan/data/csv.hpp>
#include <capstan/data/dataset.hpp>
#include <capstan/data/idx.hpp>
#include <capstan/data/split.hpp>
#include <capstan/data/standardise.hpp>
