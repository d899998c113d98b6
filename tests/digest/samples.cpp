// The table of samples in f32 and f64: values and gradients, asked for one by one and all at once, gradients of
// gradients, and arrays large enough for threads to share.
#include <cstdint>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/tensor/rng.hpp>

#include "report.hpp"
#include "samples/sample.hpp"

namespace digest {

using namespace capstan;
using samples::Case;

namespace {

using Tensors = std::vector<Tensor>;

std::vector<Var> variables(Tape& tape, const Tensors& inputs) {
  std::vector<Var> x;
  for (const Tensor& input : inputs) x.push_back(tape.variable(input));
  return x;
}

Tensors cast(const Tensors& inputs, DType dtype) {
  Tensors result;
  for (const Tensor& input : inputs) result.push_back(input.cast(dtype));
  return result;
}

/// y times random numbers, summed.
Var weighted(const Var& y, std::uint64_t seed) {
  Rng rng{seed};
  return sum(y * Tensor::normal(y.shape(), rng, {.dtype = y.dtype()}));
}

void one_by_one(const Case& sample, const Tensors& inputs, const TapeOptions& options, Notes& notes) {
  Tape tape{options};
  const samples::Results results = samples::results(sample, variables(tape, inputs), tape);
  notes.value(results.value);
  for (const Tensor& gradient : results.gradients) notes.value(gradient);
  notes.plans(tape);
}

void at_once(const Case& sample, const Tensors& inputs, const TapeOptions& options, Notes& notes) {
  Tape tape{options};
  const Var y = sample(variables(tape, inputs));
  tape.keep(y);
  notes.gradients(tape.backward(weighted(y, 5)));
  notes.value(y.value());
  notes.plans(tape);
}

void second_order(const Case& sample, const Tensors& inputs, const TapeOptions& options, Notes& notes) {
  Tape tape{options};
  const std::vector<Var> x = variables(tape, inputs);
  const Var first_cost = weighted(sample(x), 11);
  Var second_cost;
  for (std::uint64_t k = 0; k < x.size(); ++k) {
    const Var part = weighted(gradient(first_cost, x[k]), 20 + k);
    second_cost = second_cost ? second_cost + part : part;
  }
  notes.gradients(tape.backward(second_cost));
  notes.plans(tape);
}

using Question = void (*)(const Case& sample, const Tensors& inputs, const TapeOptions& options, Notes& notes);

void report_cases(Report& report, std::string_view name, const std::vector<Case>& cases, Question question) {
  for (const DType dtype : {DType::f32, DType::f64}) {
    for (const Case& sample : cases) {
      const Tensors inputs = cast(sample.inputs, dtype);
      const auto program = [&](const TapeOptions& options, Notes& notes) { question(sample, inputs, options, notes); };
      report.run(fmt::format("{}: {}, {}", name, sample.name(), dtype), program);
    }
    report.end_section(fmt::format("{}, {}", name, dtype));
  }
}

}  // namespace

void report_samples(Report& report) {
  report_cases(report, "samples, one by one", samples::cases(), one_by_one);
  report_cases(report, "samples, at once", samples::cases(), at_once);
  report_cases(report, "samples, second order", samples::cases(), second_order);
  report_cases(report, "large samples", samples::large_cases(), at_once);
}

}  // namespace digest
