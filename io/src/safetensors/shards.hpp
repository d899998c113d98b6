// Opens the files that a TensorFile is made of.
#pragma once

#include <memory>

#include <capstan/data/origin.hpp>

#include "safetensors/content.hpp"

namespace capstan::io {

std::shared_ptr<const detail::TensorFileContent> open_file(const data::Origin& origin, Checksums checksums);

/// The files that an index names, which must hold exactly the tensors that it says.
std::shared_ptr<const detail::TensorFileContent> open_shards(const data::Origin& origin, Checksums checksums);

}  // namespace capstan::io
