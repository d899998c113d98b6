#include "settings.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <capstan/io/checkpoint_file.hpp>

namespace capstan::train::detail {

namespace {

std::string describe(const std::vector<NamedParameter>& parameters) {
  std::string text;
  for (const auto& [name, parameter] : parameters) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, to_string(parameter.shape()));
  }
  return text;
}

std::string describe(const data::Dataset& set) {
  return fmt::format("x {}, y {}", to_string(set.x.shape()), to_string(set.y.shape()));
}

/// What a builder was made of, without what its first values came from: they are restored.
std::string without_seed(const std::string& description) {
  auto value = nlohmann::ordered_json::parse(description);
  value.erase("seed");
  return value.dump();
}

}  // namespace

Training::Settings settings_of(const Trainee& trainee, const data::Dataset& train, const FitOptions& options,
                               const optim::Optimizer& optimizer) {
  Training::Settings settings{
      {"epochs", fmt::format("{}", options.epochs)},    {"batch_size", fmt::format("{}", options.batch_size)},
      {"shuffle", options.shuffle ? "true" : "false"},  {"seed", fmt::format("{}", options.seed)},
      {"optimizer", io::describe_optimizer(optimizer)}, {"learning_rate", fmt::format("{}", optimizer.learning_rate())},
      {"parameters", describe(trainee.parameters)},     {"train", describe(train)}};
  if (options.schedule) settings.emplace_back("schedule", options.schedule->description());
  if (options.validation != nullptr) settings.emplace_back("validation", describe(*options.validation));
  return settings;
}

Checkpoints::Identity identity_of(const Trainee& trainee, const data::Dataset& train, const FitOptions& options,
                                  const optim::Optimizer& optimizer, std::int64_t steps) {
  Checkpoints::Identity identity{{"model", trainee.description ? without_seed(trainee.description()) : "of one's own"},
                                 {"observers", describe_observers(options.observers)},
                                 {"batch_size", fmt::format("{}", options.batch_size)},
                                 {"shuffle", options.shuffle ? "true" : "false"},
                                 {"seed", fmt::format("{}", options.seed)},
                                 {"steps", fmt::format("{}", steps)},
                                 {"optimizer", std::string{optimizer.name()}},
                                 {"learning_rate", fmt::format("{}", optimizer.learning_rate())}};
  if (options.schedule) identity.emplace_back("schedule", options.schedule->description());
  for (const auto& [name, value] : optimizer.settings())
    identity.emplace_back(fmt::format("optimizer.{}", name), value);
  describe_data("", train, !options.shuffle, identity);
  if (options.validation != nullptr) describe_data("validation ", *options.validation, true, identity);
  return identity;
}

}  // namespace capstan::train::detail
