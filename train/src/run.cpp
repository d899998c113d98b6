// A run as text: JSON, in which every number of f64 comes back with its bits.
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <capstan/io/digest.hpp>
#include <capstan/tensor/error.hpp>

#include "checkpoints.hpp"

namespace capstan::train::detail {

namespace {

using Json = nlohmann::ordered_json;

Json optional(const std::optional<double>& number) { return number ? Json(*number) : Json(nullptr); }

std::optional<double> optional(const Json& value) {
  return value.is_null() ? std::nullopt : std::optional{value.get<double>()};
}

Json to_json(const Epoch& epoch) {
  return {epoch.epoch, epoch.cost, optional(epoch.validation_cost), optional(epoch.accuracy), epoch.seconds};
}

Epoch epoch_of(const Json& value) {
  return {.epoch = value.at(0).get<std::int64_t>(),
          .cost = value.at(1).get<double>(),
          .validation_cost = optional(value.at(2)),
          .accuracy = optional(value.at(3)),
          .seconds = value.at(4).get<double>()};
}

std::string digest_of(const Tensor& tensor) {
  const Tensor examples = tensor.transpose();  // as files have them
  return io::digest(examples.is_contiguous() ? examples : examples.copy());
}

}  // namespace

std::string write_run(const Run& run) {
  Json epochs = Json::array();
  for (const Epoch& epoch : run.history.epochs) epochs.push_back(to_json(epoch));
  const Position& p = run.position;
  return Json{{"epoch", p.epoch},
              {"step", p.step},
              {"sum", p.sum},
              {"seen", p.seen},
              {"seconds", p.seconds},
              {"least", optional(std::isfinite(run.least) ? std::optional{run.least} : std::nullopt)},
              {"best_epoch", run.history.best_epoch},
              {"stopped", run.stopped},
              {"history", epochs}}
      .dump();
}

Run parse_run(const std::string& text) {
  try {
    const Json value = Json::parse(text);
    Run run;
    run.position = {.epoch = value.at("epoch").get<std::int64_t>(),
                    .step = value.at("step").get<std::int64_t>(),
                    .sum = value.at("sum").get<double>(),
                    .seen = value.at("seen").get<std::int64_t>(),
                    .seconds = value.at("seconds").get<double>()};
    run.least = optional(value.at("least")).value_or(std::numeric_limits<double>::infinity());
    run.history.best_epoch = value.at("best_epoch").get<std::int64_t>();
    run.stopped = value.at("stopped").get<bool>();
    for (const Json& epoch : value.at("history")) run.history.epochs.push_back(epoch_of(epoch));
    if (run.position.epoch < 1 || run.position.step < 0) throw ValueError{"it says an epoch that cannot be"};
    return run;
  } catch (const nlohmann::json::exception& error) {
    throw ValueError{fmt::format("what it says of its run is not as fit writes it: {}", error.what())};
  }
}

void describe_data(const data::Dataset& dataset, Checkpoints::Identity& identity) {
  for (const auto& [name, tensor] : {std::pair{"x", dataset.x}, std::pair{"y", dataset.y}}) {
    identity.emplace_back(name, fmt::format("{} of {}, digest {}", to_string(tensor.shape()), name_of(tensor.dtype()),
                                            digest_of(tensor)));
  }
}

}  // namespace capstan::train::detail
