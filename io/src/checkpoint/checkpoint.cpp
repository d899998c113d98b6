#include <capstan/io/checkpoint.hpp>

#include <cmath>
#include <optional>

#include <fmt/format.h>

#include <capstan/io/checkpoint_file.hpp>
#include <capstan/io/json.hpp>
#include <capstan/tensor/error.hpp>

#include "checkpoint/optimizer_state.hpp"
#include "checkpoint/write.hpp"
#include "model/load_into.hpp"
#include "safetensors/write.hpp"

namespace capstan::io {

namespace {

// In the metadata, and in front of the names of tensors.
constexpr std::string_view checkpoint_key = "capstan.checkpoint";
constexpr std::int64_t version = 1;  // of what follows
constexpr std::string_view value_prefix = "value.";
constexpr std::string_view model_prefix = "parameter.";  // buffers as well
constexpr std::string_view optimizer_prefix = "optimizer.";
constexpr std::string_view tensor_prefix = "tensor.";

OrderedJson to_json(const Rng::State& state) {
  OrderedJson value{{"seed", state.seed}, {"stream", state.stream}, {"position", state.position}};
  if (state.spare_normal) value["spare_normal"] = *state.spare_normal;
  return value;
}

Rng::State generator_of(const Json& value) {
  Rng::State state{whole_unsigned(value.at("seed")), whole_unsigned(value.at("stream")),
                   whole_unsigned(value.at("position")), std::nullopt};
  if (value.contains("spare_normal")) state.spare_normal = value.at("spare_normal").get<double>();
  return state;
}

std::string describe(const CheckpointState& state, const data::Origin& origin) {
  OrderedJson value{{"version", version}, {"generators", OrderedJson::object()}};
  if (state.optimizer != nullptr) {
    value["optimizer"] = {{"kind", state.optimizer->name()},
                          {"learning_rate", state.optimizer->learning_rate()},
                          {"settings", state.optimizer->settings()}};
  }
  for (const auto& [name, generator] : state.generators) {
    if (generator == nullptr) origin.refuse_option(fmt::format("generator {} must be given", data::excerpt(name)));
    value["generators"][name] = to_json(generator->state());
  }
  try {
    return value.dump();
  } catch (const nlohmann::json::exception&) {
    origin.refuse_option("names of generators and of parameters in groups must be UTF-8, and some are not");
  }
}

std::string prefixed(std::string_view prefix, std::string_view name) { return fmt::format("{}{}", prefix, name); }

/// What stands behind a prefix, if it is there.
std::optional<std::string> without(std::string_view prefix, std::string_view name) {
  if (!name.starts_with(prefix)) return std::nullopt;
  return std::string{name.substr(prefix.size())};
}

struct SavedOptimizer {
  std::string kind;
  double learning_rate = 0.0;
  optim::Settings settings;
};

struct Description {
  std::optional<SavedOptimizer> optimizer;
  std::map<std::string, Rng::State> generators;
};

Description parse(std::string_view text, const data::Origin& origin) {
  const Json value = parse_value(text, checkpoint_key, origin);
  return read_value(checkpoint_key, origin, [&] {
    Description result;
    const std::int64_t written = whole(value.at("version"), 1);
    if (written > version) {
      origin.refuse_unreadable(
          fmt::format("the checkpoint is of version {}, and this library reads up to version {}", written, version));
    }
    if (value.contains("optimizer")) {
      const Json& optimizer = value.at("optimizer");
      result.optimizer = {optimizer.at("kind").get<std::string>(), optimizer.at("learning_rate").get<double>(),
                          optimizer.at("settings").get<optim::Settings>()};
      const double rate = result.optimizer->learning_rate;
      if (!std::isfinite(rate) || rate < 0.0)
        origin.refuse(fmt::format("{} has learning_rate {}", checkpoint_key, rate));
    }
    for (const auto& [name, generator] : value.at("generators").items()) {
      result.generators.emplace(name, generator_of(generator));
    }
    return result;
  });
}

void check_optimizer(const Description& saved, const CheckpointState& state, const data::Origin& origin) {
  if (saved.optimizer.has_value() != (state.optimizer != nullptr)) {
    origin.refuse(saved.optimizer ? "the checkpoint holds an optimizer, and none is given"
                                  : "the checkpoint holds no optimizer, and one is given");
  }
  if (state.optimizer == nullptr) return;
  const std::string_view here = state.optimizer->name();
  if (here != saved.optimizer->kind) {
    origin.refuse(fmt::format("the checkpoint is of another optimizer\n  here: {}\n  in the checkpoint: {}", here,
                              saved.optimizer->kind));
  }
  const std::string differences = describe_differences(state.optimizer->settings(), saved.optimizer->settings);
  if (differences.empty()) return;
  origin.refuse(fmt::format("the checkpoint is of an {} with other options{}", here, differences));
}

void check_generators(const Description& saved, const CheckpointState& state, const data::Origin& origin) {
  for (const auto& [name, generator] : state.generators) {
    if (generator == nullptr) origin.refuse_option(fmt::format("generator {} must be given", data::excerpt(name)));
    if (!saved.generators.contains(name)) {
      origin.refuse(fmt::format("the checkpoint has no generator {}", data::excerpt(name)));
    }
  }
  for (const auto& [name, generator] : saved.generators) {
    if (!state.generators.contains(name)) {
      origin.refuse(fmt::format("the checkpoint has a generator {}, which is not given", data::excerpt(name)));
    }
  }
}

}  // namespace

void write_checkpoint(const data::Origin& origin, System& system, const CheckpointState& state,
                      const CheckpointExtras& extras) {
  Metadata metadata{{std::string{checkpoint_key}, describe(state, origin)}};
  for (const auto& [name, text] : extras.values) metadata.emplace(prefixed(value_prefix, name), text);
  std::vector<TensorToWrite> tensors;
  for (const auto& [name, tensor] : state.model) {
    tensors.push_back({prefixed(model_prefix, name), tensor.value()});
  }
  if (state.optimizer != nullptr) {
    for (auto& [name, value] : state_of(*state.optimizer)) tensors.push_back({prefixed(optimizer_prefix, name), value});
  }
  for (const auto& [name, tensor] : extras.tensors) tensors.push_back({prefixed(tensor_prefix, name), tensor});
  write_safetensors(origin, system, tensors, metadata);
}

void save_checkpoint(const std::filesystem::path& path, const CheckpointState& state, const CheckpointExtras& extras,
                     std::source_location where) {
  write_checkpoint({"save_checkpoint", path, where}, System::real(), state, extras);
}

CheckpointFile::CheckpointFile(const data::Origin& origin)
    : origin_{origin}, file_{open_tensors(origin.who, origin.file, origin.where)} {
  const auto found = file_.metadata().find(std::string{checkpoint_key});
  if (found == file_.metadata().end()) origin_.refuse_unreadable("the file is no checkpoint");
  description_ = found->second;
  (void)parse(description_, origin_);
  for (const auto& place : TensorFileAccess::content(file_).places) {
    if (!place.entry.checksum) origin_.refuse("the file has no checksums, and a checkpoint has");
    TensorFileAccess::content(file_).verify(place, origin_.who, origin_.where);
  }
  for (const auto& [name, text] : file_.metadata()) {
    if (const auto key = without(value_prefix, name)) extras_.values.emplace(*key, text);
  }
  for (const auto& [name, type] : file_.entries()) {
    if (const auto key = without(tensor_prefix, name)) extras_.tensors.emplace(*key, file_[name].copy());
  }
}

void CheckpointFile::restore(const CheckpointState& state) const {
  const Description saved = parse(description_, origin_);
  check_optimizer(saved, state, origin_);
  check_generators(saved, state, origin_);
  const detail::TensorFileContent& content = TensorFileAccess::content(file_);
  const LoadOptions options{.names = Names{[](std::string_view name) { return prefixed(model_prefix, name); }}};
  const ValuesInFile values{state.model, content, options, origin_,
                            [](std::string_view name) { return name.starts_with(model_prefix); }};
  if (state.optimizer != nullptr) {
    OptimizerState entries;
    for (const auto& [name, type] : file_.entries()) {
      if (const auto key = without(optimizer_prefix, name)) entries.emplace_back(*key, file_[name]);
    }
    try {
      set_state(*state.optimizer, entries, origin_.where);
      state.optimizer->set_learning_rate(saved.optimizer->learning_rate, origin_.where);
    } catch (const Error& error) {
      origin_.refuse(fmt::format("the optimizer's state does not fit: {}", error.what()));
    }
  }
  values.write();
  for (const auto& [name, generator] : state.generators) *generator = Rng{saved.generators.at(name)};
}

CheckpointExtras load_checkpoint(const std::filesystem::path& path, const CheckpointState& state,
                                 std::source_location where) {
  const CheckpointFile file{{"load_checkpoint", path, where}};
  file.restore(state);
  return file.extras();
}

}  // namespace capstan::io
