// Checkpoints: the files that a training is kept in – which there are, which is the newest whole one, which may go.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <source_location>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <capstan/data/origin.hpp>
#include <capstan/io/checkpoint.hpp>
#include <capstan/train/fit.hpp>

#include "cost_sum.hpp"

namespace capstan::train::detail {

/// Where a training is: in the epoch that is at hand, after a step of it.
struct Position {
  std::int64_t epoch = 1;  ///< at hand
  std::int64_t step = 0;   ///< of it, that were done
  CostSum costs = {};      ///< of these steps
  double seconds = 0.0;    ///< that they took
};

/// The checkpoints of a training that are there. No other file is ever removed.
struct Kept {
  std::set<std::int64_t> files = {};  ///< by their numbers
  std::int64_t best_epoch = 0;        ///< of least watched cost, of those after which one was written; 0: none
};

/// What a checkpoint says beside parameters and optimizer.
struct Run {
  Position position;
  History history;
  double least = 0.0;  ///< of the watched costs
  bool stopped = false;
  Kept kept = {};
};

/// The size of an epoch, which a run must fit.
struct EpochSize {
  std::int64_t steps, batch_size;
};

/// Text of a run, and back. IoError from `parse_run` for what no run of such epochs can be.
std::string write_run(const Run& run);
Run parse_run(const std::string& text, const EpochSize& size, const data::Origin& origin);

class Checkpoints {
 public:
  /// What is the same in every run of one training: a name and a value each.
  using Identity = std::vector<std::pair<std::string, std::string>>;

  /// Makes the folder. ValueError for a folder that holds checkpoints where none is to be resumed.
  Checkpoints(const CheckpointOptions& options, io::CheckpointState state, Identity identity, const EpochSize& size,
              const std::source_location& where);

  /// Writes back the newest checkpoint that is whole. The state of observers is handed to them. None where there is none.
  /// What is damaged is passed over; a file that cannot be read, or is whole and something else, is an error.
  std::optional<Run> resume(const std::vector<Observer*>& observers);

  /// Writes a checkpoint, and removes those of this training that are no longer kept.
  void save(Run& run, const std::vector<Observer*>& observers);

 private:
  struct File {
    std::int64_t number;
    std::filesystem::path path;
  };
  std::vector<File> files() const;  // the newest first
  std::optional<Run> take(const std::filesystem::path& path, const std::vector<Observer*>& observers);
  void check_identity(const std::filesystem::path& path, const io::Metadata& values) const;
  void prune(Kept& kept) const;
  void remove_leftovers() const;
  std::int64_t after_epoch(std::int64_t epoch) const noexcept { return epoch * size_.steps; }
  [[noreturn]] void refuse_folder(std::string_view what, const std::error_code& error) const;

  const CheckpointOptions& options_;
  io::CheckpointState state_;
  Identity identity_;
  EpochSize size_;
  std::source_location where_;
};

/// The observers that have something to remember, as one text.
std::string describe_observers(const std::vector<Observer*>& observers);

/// What the data is: shapes, dtypes, and a digest of all numbers, which does not depend on how they lie in memory. Where
/// batches are views, how the numbers lie decides the order of sums, and belongs to it.
void describe_data(std::string_view prefix, const data::Dataset& dataset, bool views, Checkpoints::Identity& identity);

}  // namespace capstan::train::detail
