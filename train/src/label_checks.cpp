#include "label_checks.hpp"

#include <array>
#include <unordered_set>

#include <fmt/format.h>

#include <capstan/graph/tape.hpp>
#include <capstan/tensor/error.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan::train::detail {

namespace {

/// The number of classes that the model distinguishes, from the shape of its outputs; nothing is computed.
std::int64_t count_classes(const Trainee& trainee, const data::Dataset& example, const std::source_location& where) {
  Tape tape{{.inference = true}};
  const Shape outputs = trainee.outputs({tape.constant(example.x, where), where}).shape();
  return outputs.rank() == 0 ? 0 : outputs[0];
}

/// Tries the cost with the label, since a cost may ignore a label that is no class.
void try_label(const Trainee& trainee, const data::Dataset& example, const std::source_location& where) {
  Tape tape{{.inference = true}};
  (void)trainee.cost(tape.constant(example.x, where), example.y, Pass{}).item(where);
}

}  // namespace

void check_labels(const Trainee& trainee, std::string_view name, const data::Dataset& set,
                  const std::source_location& where) {
  if (!trainee.outputs || set.y.dtype() != DType::i32 || set.y.rank() != 1) return;
  const auto example = [&](std::int64_t position) { return data::take(set, std::array{position}, where); };
  const std::int64_t classes = count_classes(trainee, example(0), where);
  const Tensor labels = set.y.is_contiguous() ? set.y : set.y.copy();
  std::unordered_set<std::int32_t> ignored;
  for (std::int64_t i = 0; const std::int32_t label : labels.data<std::int32_t>()) {
    const std::int64_t position = i++;
    if ((label >= 0 && label < classes) || ignored.contains(label)) continue;
    try {
      try_label(trainee, example(position), where);
    } catch (const IndexError&) {
      throw IndexError{fmt::format(
          "fit: label {} of example {} of {} is out of range for {} classes\n  x: {}\n  y: {}\n  at {}", label,
          position, name, classes, to_string(set.x.shape()), to_string(set.y.shape()), place(where))};
    }
    ignored.insert(label);
  }
}

}  // namespace capstan::train::detail
