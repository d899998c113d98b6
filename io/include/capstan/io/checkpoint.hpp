// Checkpoints: all that a training needs to go on, in one file. train::fit writes them by itself (FitOptions::checkpoint);
// a loop of one's own writes what it has:
//
//   const io::CheckpointState state{named_state(net), &descent, {{"rng", &rng}}};
//   io::save_checkpoint("run.safetensors", state, {.values = {{"epoch", "3"}}});
//   const io::CheckpointExtras found = io::load_checkpoint("run.safetensors", state);
#pragma once

#include <filesystem>
#include <map>
#include <source_location>
#include <string>
#include <vector>

#include <capstan/io/tensors.hpp>
#include <capstan/models/visit.hpp>
#include <capstan/optim/optimizer.hpp>
#include <capstan/tensor/rng.hpp>

namespace capstan::io {

/// What is written to a checkpoint, and written back from one.
struct CheckpointState {
  std::vector<NamedState> model;          ///< named_state(net): parameters and buffers
  optim::Optimizer* optimizer = nullptr;  ///< its state and its learning rate; null: none
  std::map<std::string, Rng*> generators = {};
};

/// What a loop keeps beside that.
struct CheckpointExtras {
  Metadata values = {};
  NamedTensors tensors = {};
};

/// Writes a checkpoint, which takes the place of an old one as a whole: at every instant, either the old one or the new one
/// is there and whole. It is a safetensors file with a checksum of each tensor and of its header.
///
/// Throws    IoError, naming the call of the system that failed; ValueError for names and values that are no UTF-8, and
///           for a generator that is null.
void save_checkpoint(const std::filesystem::path& path, const CheckpointState& state,
                     const CheckpointExtras& extras = {}, std::source_location where = std::source_location::current());

/// Writes everything back: what follows has the same bits as if it had followed then.
///
/// Throws    IoError: what load_safetensors throws; a file that is no checkpoint, or is damaged; and, in one list, the
///           parameters and buffers that differ. IoError too for an optimizer of another kind, other options, groups or parts, naming
///           what differs, and for generators of other names. Nothing is written then.
CheckpointExtras load_checkpoint(const std::filesystem::path& path, const CheckpointState& state,
                                 std::source_location where = std::source_location::current());

}  // namespace capstan::io
