// Random graphs of fixed seeds: value and gradients, twice over the same recording, and gradients of gradients.
#include <cstdint>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/elementwise.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/tensor/rng.hpp>

#include "report.hpp"
#include "samples/program.hpp"

namespace digest {

using namespace capstan;
using samples::Size;

namespace {

samples::Program draw(std::uint64_t seed, Size size) {
  Rng rng{20240607, seed};
  const auto number = [&rng] { return static_cast<std::uint32_t>(rng.below(1u << 16)); };
  samples::Program program;
  program.size = size;
  for (int leaf = 0; leaf < 3; ++leaf) program.leaves.push_back(number());
  const std::uint64_t steps = 2 + rng.below(38);
  for (std::uint64_t i = 0; i < steps; ++i) {
    const std::uint32_t op = number(), a = number(), b = number(), way = number();
    program.steps.push_back({op, a, b, way});
  }
  return program;
}

std::vector<Var> variables(Tape& tape, const samples::Program& graph, DType dtype) {
  std::vector<Var> x;
  for (const Tensor& input : graph.inputs()) x.push_back(tape.variable(input.cast(dtype)));
  return x;
}

void first_order(const samples::Program& graph, DType dtype, const TapeOptions& options, Notes& notes) {
  Tape tape{options};
  for (int repetition = 0; repetition < 2; ++repetition) {
    tape.rewind();
    const Var y = graph(variables(tape, graph, dtype));
    tape.keep(y);
    notes.gradients(tape.backward(y));
    notes.value(y.value());
    notes.plans(tape);
  }
}

void second_order(const samples::Program& graph, DType dtype, const TapeOptions& options, Notes& notes) {
  Tape tape{options};
  const std::vector<Var> x = variables(tape, graph, dtype);
  const Var y = graph(x);
  Var squares;
  for (const Var& leaf : x) {
    const Var part = sum(square(gradient(y, leaf)));
    squares = squares ? squares + part : part;
  }
  notes.gradients(tape.backward(squares));
  notes.plans(tape);
}

struct Kind {
  std::string_view name;
  Size size;
  std::uint64_t count;
};

}  // namespace

void report_graphs(Report& report) {
  for (const Kind& kind : {Kind{"small", Size::small, 150}, {"large", Size::large, 50}, {"huge", Size::huge, 15}}) {
    for (const DType dtype : {DType::f32, DType::f64}) {
      for (std::uint64_t seed = 0; seed < kind.count; ++seed) {
        const samples::Program graph = draw(seed, kind.size);
        report.run(fmt::format("{} graph {}, {}", kind.name, seed, dtype),
                   [&](const TapeOptions& options, Notes& notes) { first_order(graph, dtype, options, notes); });
        report.run(fmt::format("{} graph {}, {}, second order", kind.name, seed, dtype),
                   [&](const TapeOptions& options, Notes& notes) { second_order(graph, dtype, options, notes); });
      }
      report.end_section(fmt::format("{} graphs, {}", kind.name, dtype));
    }
  }
}

}  // namespace digest
