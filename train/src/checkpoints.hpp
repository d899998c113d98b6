// Checkpoints: the files that a training is kept in – which there are, which is the newest whole one, which may go.
#pragma once

#include <filesystem>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <capstan/io/checkpoint.hpp>
#include <capstan/train/fit.hpp>

namespace capstan::train::detail {

/// Where a training is: in the epoch that is at hand, after a step of it.
struct Position {
  std::int64_t epoch = 1;  ///< at hand
  std::int64_t step = 0;   ///< of it, that were done
  double sum = 0.0;        ///< of their costs, each times its examples
  std::int64_t seen = 0;   ///< examples
  double seconds = 0.0;    ///< that they took
};

/// What a checkpoint says beside parameters and optimizer.
struct Run {
  Position position;
  History history;
  double least = 0.0;  ///< of the watched costs
  bool stopped = false;
};

/// Text of a run, and back. ValueError from `parse_run` for what is not as `write_run` writes it.
std::string write_run(const Run& run);
Run parse_run(const std::string& text);

class Checkpoints {
 public:
  /// What is the same in every run of one training: a name and a value each.
  using Identity = std::vector<std::pair<std::string, std::string>>;

  /// Makes the folder. ValueError for a folder that holds checkpoints where none is to be resumed.
  Checkpoints(const CheckpointOptions& options, io::CheckpointState state, Identity identity, std::int64_t steps,
              const std::source_location& where);

  /// Writes back the newest checkpoint that is whole. The state of observers is handed to them. None where there is none.
  std::optional<Run> resume(const std::vector<Observer*>& observers);

  void save(const Run& run, const std::vector<Observer*>& observers);

 private:
  struct File {
    std::int64_t number;
    std::filesystem::path path;
  };
  std::vector<File> files() const;  // the newest first
  std::optional<Run> take(const std::filesystem::path& path, const std::vector<Observer*>& observers);
  void check_identity(const std::filesystem::path& path, const io::Metadata& values) const;
  void prune(std::int64_t newest) const;
  [[noreturn]] void refuse_folder(std::string_view what, const std::error_code& error) const;

  const CheckpointOptions& options_;
  io::CheckpointState state_;
  Identity identity_;
  std::int64_t steps_;  // in each epoch
  std::source_location where_;
  std::int64_t best_ = -1;  // the number of the best epoch's checkpoint
};

/// What the data is: shapes, dtypes, and a digest of all numbers, which does not depend on how they lie in memory.
void describe_data(const data::Dataset& dataset, Checkpoints::Identity& identity);

}  // namespace capstan::train::detail
