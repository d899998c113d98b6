#include <capstan/tensor/tensor_access.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>

#include "checksum.hpp"
#include "safetensors/content.hpp"
#include "safetensors/shards.hpp"

namespace capstan::io {

using Content = detail::TensorFileContent;

TensorFile::TensorFile(std::shared_ptr<const detail::TensorFileContent> content) : content_{std::move(content)} {}

const std::vector<std::pair<std::string, TensorType>>& TensorFile::entries() const& noexcept {
  return content_->entries;
}

const Metadata& TensorFile::metadata() const& noexcept { return content_->metadata; }

bool TensorFile::contains(std::string_view name) const noexcept { return content_->find(name) != nullptr; }

const Content::Place* detail::TensorFileContent::find(std::string_view name) const {
  const auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : &places[found->second];
}

Tensor TensorFile::operator[](const Name& name) const {
  constexpr std::string_view who = "load_safetensors";
  const Content::Place* const place = content_->find(name.text);
  if (place != nullptr) return content_->tensor(*place, who, name.where);
  throw IndexError{data::Origin{who, content_->path, name.where}.message(
      fmt::format("the file has no tensor {}, it has {} others", data::excerpt(name.text), size()))};
}

Tensor detail::TensorFileContent::tensor(const Place& place, std::string_view who,
                                         const std::source_location& where) const {
  const StoredElements stored = elements(place);
  const auto address = reinterpret_cast<std::uintptr_t>(stored.bytes.data());
  if (!as_in_memory(stored) || address % io::size_of(stored.type) != 0) {
    return make_tensor(stored, place.entry.shape, origin(place.file, who, where));
  }
  const StoragePtr& storage = files[place.file].mapped.storage;
  return TensorAccess::make(storage, storage->data() + place.entry.begin, place.entry.shape, read_as(stored.type));
}

void detail::TensorFileContent::verify(const Place& place, std::string_view who,
                                       const std::source_location& where) const {
  if (!place.entry.checksum || checksum(bytes(place)) == *place.entry.checksum) return;
  origin(place.file, who, where)
      .refuse(fmt::format("tensor {} is damaged: its bytes do not have the checksum that the file says",
                          data::excerpt(place.entry.name)),
              fmt::format("offset {}", place.entry.begin));
}

void TensorFile::verify(std::source_location where) const {
  for (const Content::Place& place : content_->places) content_->verify(place, "verify", where);
}

TensorFile open_tensors(std::string_view who, const std::filesystem::path& path, const std::source_location& where,
                        Checksums checksums) {
  const data::Origin origin{who, path, where};
  return TensorFileAccess::make(path.extension() == ".json" ? open_shards(origin, checksums)
                                                            : open_file(origin, checksums));
}

TensorFile load_safetensors(const std::filesystem::path& path, std::source_location where) {
  return load_safetensors(path, {}, where);
}

TensorFile load_safetensors(const std::filesystem::path& path, const LoadSafetensorsOptions& options,
                            std::source_location where) {
  return open_tensors("load_safetensors", path, where,
                      options.ignore_checksums ? Checksums::ignored : Checksums::compared);
}

}  // namespace capstan::io
