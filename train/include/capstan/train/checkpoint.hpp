// Checkpoints of a training: what fit writes from time to time, so that a training that was stopped – by a signal, by a
// failure, by its number of epochs – goes on where it was, to the same bits as if it had never been stopped.
//
//   train::fit(net, set, {.epochs = 100, .optimizer = &descent, .checkpoint = {.folder = "run", .resume = true}});
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include <capstan/data/csv.hpp>
#include <capstan/tensor/rng.hpp>

namespace capstan::train {

/// A checkpoint is one file, "checkpoint-000000000120.safetensors" after 120 steps, that is there as a whole or not at all.
/// It holds the parameters and buffers, the optimizer's state and learning rate, the epoch and the place in it, the history, and what
/// observers remember (Observer::state). io::load_safetensors reads it, too.
struct CheckpointOptions {
  std::filesystem::path folder = {};  ///< is made if it is not there; none: no checkpoints
  std::int64_t every = 1;             ///< epochs between two checkpoints; the end of the training writes one, too
  std::int64_t every_steps = 0;       ///< also within an epoch, after so many of its steps; 0: not
  std::int64_t keep = 2;              ///< how many of the newest stay
  bool keep_best = false;             ///< beside them, the one of least watched cost of those that were written
  /// Go on with the newest checkpoint that is whole; one that is damaged is named in a warning and passed over. Without
  /// it, a folder that holds checkpoints is refused. Only files that this training wrote are ever removed: a damaged one
  /// stays until it is written over.
  bool resume = false;
  /// Go on where an observer had stopped the training, too. Else nothing is trained, and a warning says so.
  bool resume_stopped = false;
  /// At SIGTERM and SIGINT, write a checkpoint at the end of the step at hand and return. The signals do again what they
  /// did before once no fit waits for them; one that the process ignores stays ignored.
  bool stop_on_signal = false;
  /// Generators of its own that the model draws random numbers from, by names that stay the same from run to run and do not
  /// begin with "capstan.": that of the Pass is kept without being named here.
  std::map<std::string, Rng*> generators = {};
  std::function<void(std::string_view)> warn = data::warn_on_stderr;  ///< may be empty
};

}  // namespace capstan::train
