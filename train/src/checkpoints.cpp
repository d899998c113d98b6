#include "checkpoints.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <system_error>

#include <fmt/format.h>

#include <capstan/io/checkpoint_file.hpp>
#include <capstan/io/leftovers.hpp>
#include <capstan/tensor/engine.hpp>

namespace capstan::train::detail {

namespace {

constexpr std::string_view prefix = "checkpoint-", suffix = ".safetensors";
constexpr std::string_view run_key = "run", identity_prefix = "identity.", observer_prefix = "observer.";

std::string name_of(std::int64_t number) { return fmt::format("{}{:012}{}", prefix, number, suffix); }

/// The number of a name that `name_of` gives; other names are other people's.
std::optional<std::int64_t> number_of(std::string_view name) {
  if (!name.starts_with(prefix) || !name.ends_with(suffix) || name.size() <= prefix.size() + suffix.size()) return {};
  const std::string_view digits = name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || number < 0 || name_of(number) != name) return {};
  return number;
}

/// Observers that have a name, which is numbered where several have the same.
std::vector<std::pair<std::string, Observer*>> named(const std::vector<Observer*>& observers) {
  std::map<std::string, int> count;
  std::vector<std::pair<std::string, Observer*>> result;
  for (Observer* const observer : observers) {
    const std::string name{observer->name()};
    if (!name.empty()) result.emplace_back(fmt::format("{}#{}", name, ++count[name]), observer);
  }
  return result;
}

std::string key_of(std::string_view observer) { return fmt::format("{}{}.", observer_prefix, observer); }

void hand_out(const io::NamedTensors& tensors, const std::vector<Observer*>& observers, const data::Origin& origin) {
  for (const auto& [name, observer] : named(observers)) {
    const std::string key = key_of(name);
    io::NamedTensors state;
    for (const auto& [part, tensor] : tensors) {
      if (part.starts_with(key)) state.emplace(part.substr(key.size()), tensor);
    }
    try {
      if (!state.empty()) observer->set_state(state);
    } catch (const Error& error) {
      origin.refuse(fmt::format("the state of observer {} does not fit: {}", name, error.what()));
    }
  }
}

}  // namespace

std::string describe_observers(const std::vector<Observer*>& observers) {
  std::string text;
  for (const auto& [name, observer] : named(observers)) text += fmt::format("{}{}", text.empty() ? "" : ", ", name);
  return text.empty() ? "none" : text;
}

Checkpoints::Checkpoints(const CheckpointOptions& options, io::CheckpointState state, Identity identity,
                         const EpochSize& size, const std::source_location& where)
    : options_{options}, state_{std::move(state)}, identity_{std::move(identity)}, size_{size}, where_{where} {
  if (const std::error_code error = io::make_folder(options_.folder)) refuse_folder("made", error);
  if (options_.resume || files().empty()) return;
  throw ValueError{
      fmt::format("fit: the folder holds checkpoints of an earlier training; set resume, or choose another folder"
                  "\n  folder: \"{}\"\n  at {}",
                  options_.folder.string(), place(where_))};
}

std::vector<Checkpoints::File> Checkpoints::files() const {
  std::vector<File> found;
  std::error_code error, unknown;
  for (std::filesystem::directory_iterator at{options_.folder, error}, end; !error && at != end; at.increment(error)) {
    const auto number = number_of(at->path().filename().string());
    if (number && std::filesystem::is_regular_file(at->symlink_status(unknown))) {
      found.push_back({*number, at->path()});
    }
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
  const data::Origin origin{"fit", path, where_};
  std::optional<io::CheckpointFile> file;
  try {
    file.emplace(origin);
  } catch (const data::UnreadableError&) {
    throw;
  } catch (const IoError& error) {
    if (options_.warn) options_.warn(fmt::format("fit: a damaged checkpoint is passed over: {}", error.what()));
    return std::nullopt;
  }
  const io::CheckpointExtras& extras = file->extras();
  const auto found = extras.values.find(std::string{run_key});
  if (found == extras.values.end()) origin.refuse_unreadable("the file is no checkpoint of fit");
  check_identity(path, extras.values);
  std::optional<Run> run = parse_run(found->second, size_, origin);
  hand_out(extras.tensors, observers, origin);
  file->restore(state_);
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

void Checkpoints::save(Run& run, const std::vector<Observer*>& observers) {
  const std::int64_t number = after_epoch(run.position.epoch - 1) + run.position.step;
  const std::vector<Epoch>& epochs = run.history.epochs;
  Kept& kept = run.kept;
  if (run.position.step == 0 && !epochs.empty()) {
    const bool has_best = kept.best_epoch > 0 && kept.files.contains(after_epoch(kept.best_epoch));
    const auto cost_of = [&](std::int64_t epoch) { return epochs[static_cast<std::size_t>(epoch - 1)].watched_cost(); };
    const std::int64_t last = std::ssize(epochs);
    if (!has_best || cost_of(last) < cost_of(kept.best_epoch)) kept.best_epoch = last;
  }
  kept.files.insert(number);
  io::CheckpointExtras extras{{{std::string{run_key}, write_run(run)}}, {}};
  for (const auto& [key, value] : identity_) extras.values.emplace(fmt::format("{}{}", identity_prefix, key), value);
  for (const auto& [name, observer] : named(observers)) {
    for (const auto& [part, tensor] : observer->state()) extras.tensors.emplace(key_of(name) + part, tensor);
  }
  io::save_checkpoint(options_.folder / name_of(number), state_, extras, where_);
  prune(kept);
  remove_leftovers();
}

/// What cannot be removed does no harm, and is tried again the next time.
void Checkpoints::prune(Kept& kept) const {
  std::int64_t newest = 0;
  const std::vector<std::int64_t> files(kept.files.rbegin(), kept.files.rend());
  for (const std::int64_t number : files) {
    if (newest++ < options_.keep) continue;
    if (options_.keep_best && number == after_epoch(kept.best_epoch)) continue;
    const std::filesystem::path path = options_.folder / name_of(number);
    std::error_code error;
    const bool is_ours = std::filesystem::is_regular_file(std::filesystem::symlink_status(path, error));
    if (is_ours) std::filesystem::remove(path, error);
    if (!is_ours || !error) kept.files.erase(number);
  }
}

/// A process that was killed while it saved has left a file that nobody may write over for long.
void Checkpoints::remove_leftovers() const {
  std::error_code ignored;
  std::vector<std::string> found;
  for (std::filesystem::directory_iterator at{options_.folder, ignored}, end; !ignored && at != end;
       at.increment(ignored)) {
    const std::string name = at->path().filename().string();
    if (number_of(io::target_of_leftover(name))) found.emplace_back(io::target_of_leftover(name));
  }
  for (const std::string& name : found) io::remove_leftover(options_.folder / name);
}

}  // namespace capstan::train::detail
