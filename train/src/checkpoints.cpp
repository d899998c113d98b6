#include "checkpoints.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <system_error>

#include <fmt/format.h>

#include <capstan/io/checkpoint_file.hpp>

namespace capstan::train::detail {

namespace {

constexpr std::string_view prefix = "checkpoint-", suffix = ".safetensors";
constexpr std::string_view run_key = "run", identity_prefix = "identity.", observer_prefix = "observer.";

/// The number in "checkpoint-000000000120.safetensors".
std::optional<std::int64_t> number_of(std::string_view name) {
  if (!name.starts_with(prefix) || !name.ends_with(suffix) || name.size() <= prefix.size() + suffix.size()) return {};
  name = name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc{} || end != name.data() + name.size() || number < 0) return {};
  return number;
}

/// Observers that have a name, which is numbered where several have the same.
std::vector<std::pair<std::string, Observer*>> named(const std::vector<Observer*>& observers) {
  std::map<std::string, int> count;
  std::vector<std::pair<std::string, Observer*>> result;
  for (Observer* const observer : observers) {
    const std::string name{observer->name()};
    if (name.empty()) continue;
    result.emplace_back(fmt::format("{}{}#{}.", observer_prefix, name, ++count[name]), observer);
  }
  return result;
}

}  // namespace

Checkpoints::Checkpoints(const CheckpointOptions& options, io::CheckpointState state, Identity identity,
                         std::int64_t steps, const std::source_location& where)
    : options_{options}, state_{std::move(state)}, identity_{std::move(identity)}, steps_{steps}, where_{where} {
  std::error_code error;
  std::filesystem::create_directories(options_.folder, error);
  if (error) refuse_folder("made", error);
  if (options_.resume || files().empty()) return;
  throw ValueError{
      fmt::format("fit: the folder holds checkpoints of an earlier training; set resume, or choose another folder"
                  "\n  folder: \"{}\"\n  at {}",
                  options_.folder.string(), place(where_))};
}

std::vector<Checkpoints::File> Checkpoints::files() const {
  std::vector<File> found;
  std::error_code error;
  for (std::filesystem::directory_iterator at{options_.folder, error}, end; !error && at != end; at.increment(error)) {
    if (const auto number = number_of(at->path().filename().string())) found.push_back({*number, at->path()});
  }
  if (error) refuse_folder("read", error);
  std::ranges::sort(found, [](const File& a, const File& b) { return a.number > b.number; });
  return found;
}

void Checkpoints::refuse_folder(std::string_view what, const std::error_code& error) const {
  throw IoError{fmt::format("fit: the folder of checkpoints cannot be {}: {}\n  folder: \"{}\"\n  at {}", what,
                            error.message(), options_.folder.string(), place(where_))};
}

std::optional<Run> Checkpoints::resume(const std::vector<Observer*>& observers) {
  for (const File& file : files()) {
    if (std::optional<Run> run = take(file.path, observers)) return run;
  }
  return std::nullopt;
}

std::optional<Run> Checkpoints::take(const std::filesystem::path& path, const std::vector<Observer*>& observers) {
  std::optional<io::CheckpointFile> file;
  std::optional<Run> run;
  try {
    file.emplace(data::Origin{"fit", path, where_});
    const auto& values = file->extras().values;
    const auto found = values.find(std::string{run_key});
    if (found == values.end()) throw ValueError{"it is no checkpoint of fit"};
    run = parse_run(found->second);
  } catch (const Error& error) {
    if (options_.warn) options_.warn(fmt::format("fit: a damaged checkpoint is passed over: {}", error.what()));
    return std::nullopt;
  }
  const io::CheckpointExtras& extras = file->extras();
  check_identity(path, extras.values);
  file->restore(state_);
  for (const auto& [name, observer] : named(observers)) {
    io::NamedTensors state;
    for (const auto& [key, tensor] : extras.tensors) {
      if (key.starts_with(name)) state.emplace(key.substr(name.size()), tensor);
    }
    if (!state.empty()) observer->set_state(state);
  }
  if (const auto found = extras.values.find("best"); found != extras.values.end()) {
    best_ = number_of(found->second).value_or(-1);
  }
  return run;
}

void Checkpoints::check_identity(const std::filesystem::path& path, const io::Metadata& values) const {
  Identity saved;
  for (const auto& [name, value] : values) {
    if (name.starts_with(identity_prefix)) saved.emplace_back(name.substr(identity_prefix.size()), value);
  }
  const std::string differences = io::describe_differences(identity_, saved);
  if (differences.empty()) return;
  throw ValueError{
      fmt::format("fit: the checkpoint must be of the same training, and differs\n  file: \"{}\"{}\n  at {}",
                  path.string(), differences, place(where_))};
}

void Checkpoints::save(const Run& run, const std::vector<Observer*>& observers) {
  const std::int64_t number = (run.position.epoch - 1) * steps_ + run.position.step;
  const std::string name = fmt::format("{}{:012}{}", prefix, number, suffix);
  const History& history = run.history;
  const bool best =
      run.position.step == 0 && !history.epochs.empty() && history.best_epoch == std::ssize(history.epochs);
  if (best) best_ = number;
  io::CheckpointExtras extras{{{std::string{run_key}, write_run(run)}}, {}};
  if (best_ >= 0) extras.values.emplace("best", fmt::format("{}{:012}{}", prefix, best_, suffix));
  for (const auto& [key, value] : identity_) extras.values.emplace(fmt::format("{}{}", identity_prefix, key), value);
  for (const auto& [key, observer] : named(observers)) {
    for (const auto& [part, tensor] : observer->state()) extras.tensors.emplace(key + part, tensor);
  }
  io::save_checkpoint(options_.folder / name, state_, extras, where_);
  prune(number);
}

/// Removes old checkpoints, and those beyond the newest, which were found damaged.
void Checkpoints::prune(std::int64_t newest) const {
  std::int64_t kept = 0;
  for (const File& file : files()) {
    if (file.number <= newest && kept < options_.keep) {
      ++kept;
      continue;
    }
    if (options_.keep_best && file.number == best_) continue;
    std::error_code ignored;  // one that cannot be deleted does no harm
    std::filesystem::remove(file.path, ignored);
  }
}

}  // namespace capstan::train::detail
