#include "safetensors/write.hpp"

#include <set>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <capstan/io/safetensors.hpp>

#include <capstan/tensor/engine.hpp>
#include "checksum.hpp"
#include "file/atomic_file.hpp"
#include "safetensors/header.hpp"

namespace capstan::io {

namespace {

Tensor contiguous(const Tensor& tensor) { return tensor.is_contiguous() ? tensor : tensor.copy(); }

std::span<const std::byte> bytes_of(const Tensor& tensor) {
  const auto count = static_cast<std::size_t>(tensor.elements()) * size_of(tensor.dtype());
  return {static_cast<const std::byte*>(tensor.raw()), count};
}

std::vector<const TensorToWrite*> in_order(std::span<const TensorToWrite> tensors) {
  std::vector<const TensorToWrite*> order;
  order.reserve(tensors.size());
  for (const bool wide : {true, false}) {
    for (const TensorToWrite& t : tensors) {
      if ((t.tensor.dtype() == DType::f64) == wide) order.push_back(&t);
    }
  }
  return order;
}

void check_names(std::span<const TensorToWrite> tensors, const Metadata& metadata, const data::Origin& origin) {
  std::set<std::string_view> names;
  for (const TensorToWrite& t : tensors) {
    if (t.name == "__metadata__")
      origin.refuse_option("no tensor can be called \"__metadata__\", which the format keeps");
    if (!names.insert(t.name).second)
      origin.refuse_option(fmt::format("names must differ, and two tensors are called {}", data::excerpt(t.name)));
  }
  if (metadata.contains(std::string{checksums_key})) {
    origin.refuse_option(fmt::format("the metadata must not hold \"{}\", where checksums stand", checksums_key));
  }
}

}  // namespace

void write_safetensors(const data::Origin& origin, System& system, std::span<const TensorToWrite> tensors,
                       const Metadata& metadata) {
  check_names(tensors, metadata, origin);
  const std::vector<const TensorToWrite*> order = in_order(tensors);
  std::vector<Entry> entries;
  std::uint64_t end = 0;
  for (const TensorToWrite* t : order) {
    const Tensor tensor = contiguous(t->tensor);
    const std::span<const std::byte> bytes = bytes_of(tensor);
    entries.push_back({t->name, stored_as(tensor.dtype()), tensor.shape(), end, end + bytes.size(), checksum(bytes)});
    end += bytes.size();
  }
  const std::string header = write_header(entries, metadata, origin);
  AtomicFile file{origin, system};
  file.write(header);
  for (const TensorToWrite* t : order) {
    const Tensor tensor = contiguous(t->tensor);
    file.write(bytes_of(tensor));
  }
  file.commit();
}

void save_safetensors(const std::filesystem::path& path, const NamedTensors& tensors, const SafetensorsOptions& options,
                      std::source_location where) {
  std::vector<TensorToWrite> list;
  list.reserve(tensors.size());
  for (const auto& [name, tensor] : tensors) list.push_back({name, tensor});
  write_safetensors({"save_safetensors", path, where}, System::real(), list, options.metadata);
}

}  // namespace capstan::io
