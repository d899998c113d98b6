// Writes a checkpoint through a given system.
#pragma once

#include <capstan/data/origin.hpp>
#include <capstan/io/checkpoint.hpp>

#include "file/system.hpp"

namespace capstan::io {

void write_checkpoint(const data::Origin& origin, System& system, const CheckpointState& state,
                      const CheckpointExtras& extras);

}  // namespace capstan::io
