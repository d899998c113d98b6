// The bytes of a file, mapped into memory: nothing is read before it is looked at.
#pragma once

#include <cstddef>
#include <span>

#include <capstan/data/origin.hpp>
#include <capstan/tensor/engine.hpp>
#include <capstan/tensor/storage.hpp>

namespace capstan::io {

struct MappedFile {
  StoragePtr storage;  ///< the mapping; null for an empty file
  std::span<const std::byte> bytes;
};

/// The file must not be made shorter while it is mapped: a process that reads beyond its end is ended by the system.
/// Files that are written here are replaced as a whole, which does no harm to a mapping.
///
/// Throws    IoError for what is no regular file – folders, pipes, devices – and for a call that fails.
MappedFile map_file(const data::Origin& origin);

}  // namespace capstan::io
