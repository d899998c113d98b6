// Writes NumPy's files through a given system.
#pragma once

#include <capstan/data/origin.hpp>
#include <capstan/io/npy.hpp>

#include "file/system.hpp"

namespace capstan::io {

void write_npy(const data::Origin& origin, System& system, const Tensor& tensor);
void write_npz(const data::Origin& origin, System& system, const NamedTensors& tensors, const SaveNpzOptions& options);

/// Whether an entry of an archive may be called so: a plain path that stays within its folder.
bool is_plain_path(std::string_view name) noexcept;

}  // namespace capstan::io
