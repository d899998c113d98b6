// A run as text: JSON, in which every number of f64 comes back with its bits.
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <capstan/io/digest.hpp>
#include <capstan/io/json.hpp>
#include <capstan/tensor/error.hpp>

#include "checkpoints.hpp"

namespace capstan::train::detail {

namespace {

using io::Json;
using io::OrderedJson;
using io::whole;

OrderedJson optional(const std::optional<double>& number) {
  return number ? OrderedJson(*number) : OrderedJson(nullptr);
}

std::optional<double> optional(const Json& value) {
  return value.is_null() ? std::nullopt : std::optional{value.get<double>()};
}

OrderedJson to_json(const Epoch& epoch) {
  return {epoch.epoch, epoch.cost, optional(epoch.validation_cost), optional(epoch.accuracy), epoch.seconds};
}

Epoch epoch_of(const Json& value) {
  return {.epoch = whole(value.at(0), 1),
          .cost = value.at(1).get<double>(),
          .validation_cost = optional(value.at(2)),
          .accuracy = optional(value.at(3)),
          .seconds = value.at(4).get<double>()};
}

Position position_of(const Json& value) {
  return {.epoch = whole(value.at("epoch"), 1),
          .step = whole(value.at("step"), 0),
          .costs = {.sum = value.at("sum").get<double>(),
                    .scale = whole(value.at("scale"), 0),
                    .seen = whole(value.at("seen"), 0)},
          .seconds = value.at("seconds").get<double>()};
}

Run run_of(const Json& value) {
  Run run;
  run.position = position_of(value);
  run.least = optional(value.at("least")).value_or(std::numeric_limits<double>::infinity());
  run.history.best_epoch = whole(value.at("best_epoch"), 0);
  run.stopped = value.at("stopped").get<bool>();
  for (const Json& epoch : value.at("history")) run.history.epochs.push_back(epoch_of(epoch));
  run.kept.best_epoch = whole(value.at("best_written"), 0);
  for (const Json& file : value.at("files")) run.kept.files.insert(whole(file, 0));
  return run;
}

/// Throws as io::refuse_value for a run that cannot be; the training counts on all of this.
void check_run(const Run& run, const EpochSize& size) {
  const Position& p = run.position;
  const std::int64_t done = std::ssize(run.history.epochs);
  if (p.epoch - 1 != done) io::refuse_value("its epoch does not follow those of its history");
  for (std::int64_t i = 0; i < done; ++i) {
    if (run.history.epochs[static_cast<std::size_t>(i)].epoch != i + 1) io::refuse_value("its history lacks an epoch");
  }
  if (p.step >= size.steps) io::refuse_value(fmt::format("its step must be below {}", size.steps));
  const bool seen_all = p.step == 0 ? p.costs.seen == 0 : p.costs.seen == p.step * size.batch_size;
  if (!seen_all) io::refuse_value("it has not seen the examples of its steps");
  if (p.costs.scale != 0 && p.costs.scale != CostSum::scale_of_large) io::refuse_value("its scale is none");
  if (run.history.best_epoch > done || run.kept.best_epoch > done)
    io::refuse_value("its best epoch is none of its own");
}

std::string digest_of(const Tensor& tensor) {
  const Tensor examples = tensor.transpose();  // as files have them
  return io::digest(examples.is_contiguous() ? examples : examples.copy());
}

/// The strides, but of axes of one element, where they mean nothing.
std::vector<std::int64_t> strides_of(const Tensor& tensor) {
  std::vector<std::int64_t> strides;
  for (std::size_t axis = 0; axis < tensor.rank(); ++axis) {
    strides.push_back(tensor.shape().extents()[axis] == 1 ? 0 : tensor.strides()[axis]);
  }
  return strides;
}

}  // namespace

std::string write_run(const Run& run) {
  OrderedJson epochs = OrderedJson::array();
  for (const Epoch& epoch : run.history.epochs) epochs.push_back(to_json(epoch));
  const Position& p = run.position;
  return OrderedJson{{"epoch", p.epoch},
                     {"step", p.step},
                     {"sum", p.costs.sum},
                     {"scale", p.costs.scale},
                     {"seen", p.costs.seen},
                     {"seconds", p.seconds},
                     {"least", optional(std::isfinite(run.least) ? std::optional{run.least} : std::nullopt)},
                     {"best_epoch", run.history.best_epoch},
                     {"stopped", run.stopped},
                     {"best_written", run.kept.best_epoch},
                     {"files", run.kept.files},
                     {"history", epochs}}
      .dump();
}

Run parse_run(const std::string& text, const EpochSize& size, const data::Origin& origin) {
  constexpr std::size_t longest = 100'000'000;  // as a header may be: a history is as long as its training
  const Json value = io::parse_value(text, "its run", origin, longest);
  return io::read_value("its run", origin, [&] {
    Run run = run_of(value);
    check_run(run, size);
    return run;
  });
}

void describe_data(std::string_view prefix, const data::Dataset& dataset, bool views, Checkpoints::Identity& identity) {
  for (const auto& [name, tensor] : {std::pair{"x", dataset.x}, std::pair{"y", dataset.y}}) {
    std::string text =
        fmt::format("{} of {}, digest {}", to_string(tensor.shape()), name_of(tensor.dtype()), digest_of(tensor));
    if (views) text += fmt::format(", strides ({})", fmt::join(strides_of(tensor), ", "));
    identity.emplace_back(fmt::format("{}{}", prefix, name), std::move(text));
  }
}

}  // namespace capstan::train::detail
