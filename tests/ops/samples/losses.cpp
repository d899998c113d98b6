// The table's losses. Labels are no input: they have no gradient.
#include <capstan/ops/activations.hpp>
#include <capstan/ops/losses.hpp>
#include <capstan/ops/softmax.hpp>

#include "sample.hpp"

namespace samples {

using namespace capstan;

namespace {

const Numbers any = between(-3, 3);
const Numbers inside = between(0.1, 0.9);  // probabilities

Tensor labels() { return Tensor::from({2, 0, 1, 2}, {4}); }
Tensor labels_with_gaps() { return Tensor::from({2, -100, 1, -100}, {4}); }
Tensor no_labels() { return Tensor::zeros({0}, DType::i32); }
/// Class weights in the dtype of what they weigh.
Tensor weights(const Var& like) { return Tensor::from({0.5, 2.0, 1.25}, {3}).cast(like.dtype()); }

std::vector<Sample> binary() {
  return {
      {"binary_cross_entropy",
       {{inside, {1, 5}}, {inside, {1, 5}}},
       [](In x) { return binary_cross_entropy(x[0], x[1]); }},
      {"binary_cross_entropy",
       {{inside, {2, 3}}, {inside, {2, 3}}},
       [](In x) { return binary_cross_entropy(x[0], x[1], {.reduction = Reduction::sum}); }},
      {"binary_cross_entropy",
       {{inside, {2, 3}}, {inside, {2, 3}}},
       [](In x) { return binary_cross_entropy(x[0], x[1], {.reduction = Reduction::none}); }},
      {"binary_cross_entropy",
       {{any, {1, 5}}, {inside, {1, 5}}},
       [](In x) { return binary_cross_entropy(sigmoid(x[0]), x[1]); }},
      {"binary_cross_entropy",
       {{inside, {1, 0}}, {inside, {1, 0}}},
       [](In x) { return binary_cross_entropy(x[0], x[1], {.reduction = Reduction::sum}); }},
      {"binary_cross_entropy_with_logits",
       {{any, {1, 5}}, {inside, {1, 5}}},
       [](In x) { return binary_cross_entropy_with_logits(x[0], x[1]); }},
      {"binary_cross_entropy_with_logits",
       {{any, {2, 3}}, {inside, {2, 3}}},
       [](In x) { return binary_cross_entropy_with_logits(x[0], x[1], {.reduction = Reduction::sum}); }},
      {"binary_cross_entropy_with_logits",
       {{any, {2, 3}}, {inside, {2, 3}}},
       [](In x) { return binary_cross_entropy_with_logits(x[0], x[1], {.reduction = Reduction::none}); }},
      {"mean_squared_error", {{any, {2, 3}}, {any, {2, 3}}}, [](In x) { return mean_squared_error(x[0], x[1]); }},
      {"mean_squared_error",
       {{any, {2, 3}}, {any, {2, 3}}},
       [](In x) { return mean_squared_error(x[0], x[1], {.reduction = Reduction::sum}); }},
      {"mean_squared_error",
       {{any, {2, 0}}, {any, {2, 0}}},
       [](In x) { return mean_squared_error(x[0], x[1], {.reduction = Reduction::none}); }},
  };
}

std::vector<Sample> of_logits() {
  return {
      {"cross_entropy", {{any, {3, 4}}}, [](In x) { return cross_entropy(x[0], labels()); }},
      {"cross_entropy",
       {{any, {3, 4}}},
       [](In x) { return cross_entropy(x[0], labels(), {.reduction = Reduction::sum, .label_smoothing = 0.1}); }},
      {"cross_entropy",
       {{any, {3, 4}}},
       [](In x) {
         return cross_entropy(x[0], labels_with_gaps(), {.reduction = Reduction::none, .class_weights = weights(x[0])});
       }},
      {"cross_entropy",
       {{any, {3, 4}}},
       [](In x) {
         return cross_entropy(x[0], labels_with_gaps(), {.label_smoothing = 0.2, .class_weights = weights(x[0])});
       }},
      {"cross_entropy", {{any, {3, 4}}, {inside, {3, 4}}}, [](In x) { return cross_entropy(x[0], x[1]); }},
      {"cross_entropy",
       {{any, {3, 4}}, {inside, {3, 4}}},
       [](In x) { return cross_entropy(x[0], x[1], {.label_smoothing = 0.1, .class_weights = weights(x[0])}); }},
      {"cross_entropy",
       {{any, {3, 4}}, {inside, {3, 4}}},
       [](In x) { return cross_entropy(x[0], x[1], {.reduction = Reduction::none}); }},
      {"cross_entropy", {{any, {3, 0}}}, [](In x) { return cross_entropy(x[0], no_labels()); }},
      {"cross_entropy", {{any, {1, 4}}}, [](In x) { return cross_entropy(x[0], Tensor::zeros({4}, DType::i32)); }},
  };
}

std::vector<Sample> of_probabilities() {
  return {
      {"categorical_cross_entropy", {{inside, {3, 4}}}, [](In x) { return categorical_cross_entropy(x[0], labels()); }},
      {"categorical_cross_entropy",
       {{inside, {3, 4}}, {inside, {3, 4}}},
       [](In x) { return categorical_cross_entropy(x[0], x[1], {.reduction = Reduction::none}); }},
      {"categorical_cross_entropy",
       {{inside, {3, 4}}},
       [](In x) {
         return categorical_cross_entropy(
             x[0], labels_with_gaps(),
             {.reduction = Reduction::sum, .label_smoothing = 0.1, .class_weights = weights(x[0])});
       }},
      {"categorical_cross_entropy",
       {{any, {3, 4}}},
       [](In x) { return categorical_cross_entropy(softmax(x[0]), labels()); }},
      {"categorical_cross_entropy",
       {{inside, {3, 0}}},
       [](In x) { return categorical_cross_entropy(x[0], no_labels()); }},
  };
}

}  // namespace

const std::vector<Sample>& losses() {
  static const std::vector<Sample> lines = [] {
    std::vector<Sample> all;
    for (const auto& part : {binary(), of_logits(), of_probabilities()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return lines;
}

}  // namespace samples
