// Writes what stands in a file into parameters and buffers, all of it or nothing.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include <capstan/data/origin.hpp>
#include <capstan/io/model.hpp>
#include <capstan/io/safetensors.hpp>

#include "safetensors/content.hpp"

namespace capstan::io {

/// What parameters and buffers are to become. Everything that can fail is done by the constructor.
class ValuesInFile {
 public:
  using Which = std::function<bool(std::string_view name)>;

  /// Compares them with those tensors of the file that `which` picks (all, if it is empty).
  ///
  /// Throws    IoError, listing all that differs; for a checksum that is not right.
  ValuesInFile(const std::vector<NamedState>& state, const detail::TensorFileContent& file, const LoadOptions& options,
               const data::Origin& origin, const Which& which = {});

  void write() const;

 private:
  struct Value {
    StateTensor member;
    Tensor tensor;
  };
  std::vector<Value> values_;
  std::source_location where_;
};

}  // namespace capstan::io
