// What the tape itself costs, a node: recording for the first time, recording over an unchanged tape, and running a
// planned chain of 1×1 operations beyond their kernels.

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include <capstan/capstan.hpp>

#include "support/measure.hpp"
#include "support/report.hpp"

using namespace capstan;

namespace {

constexpr int links = 100'000;

Var chain(Tape& tape, const Tensor& start) {
  const Var x0 = tape.constant(start);
  Var x = x0;
  for (int i = 0; i < links; ++i) x = x * x0;
  return x;
}

bench::Record record(const char* variant, const bench::Timing& t, double target, const char* floor_name) {
  return {.workload = "overhead",
          .variant = variant,
          .threads = 1,
          .unit = "ns",
          .ours = t.ours * 1e9 / links,
          .floor = t.floor * 1e9 / links,
          .ratio_floor = t.ratio,
          .target = target,
          .absolute = true,
          .floor_name = floor_name};
}

/// What is compared for a node: its op and its inputs.
struct Key {
  const void* op;
  std::array<std::uint32_t, 2> inputs;
};

bench::Record record_again(bool quick) {
  const Tensor start = Tensor::ones({1, 1});
  Tape tape;
  chain(tape, start);
  std::vector<Key> keys(links, Key{&tape, {1, 2}});
  volatile std::uint32_t one = 1;
  const auto floor = [&] {
    const Key wanted{&tape, {one, 2}};
    int equal = 0;
    for (const Key& key : keys) equal += key.op == wanted.op && key.inputs == wanted.inputs ? 1 : 0;
    if (equal != links) std::abort();
  };
  const bench::Timing t = bench::compare(
      quick,
      [&] {
        tape.rewind();
        chain(tape, start);
      },
      floor);
  return record("record over an unchanged tape", t, 30, "comparing 16-byte keys in a loop");
}

bench::Record record_first(bool quick) {
  const Tensor start = Tensor::ones({1, 1});
  const auto floor = [] {
    std::vector<std::array<std::uint64_t, 9>> nodes;
    // A vector that grows is the floor. NOLINTNEXTLINE(performance-inefficient-vector-operation)
    for (std::uint64_t i = 0; i < links; ++i) nodes.push_back({i, i});
    if (nodes.back()[0] != links - 1) std::abort();
  };
  const bench::Timing t = bench::compare(
      quick,
      [&] {
        Tape tape;
        chain(tape, start);
      },
      floor);
  return record("first recording", t, 250, "appending 72 bytes to a std::vector");
}

bench::Record run_planned(bool quick) {
  const Tensor start = Tensor::ones({1, 1});
  Tape tape;
  const auto step = [&] {
    tape.rewind();
    if (chain(tape, start).item() != 1.0) std::abort();
  };
  const auto record_only = [&] {
    tape.rewind();
    chain(tape, start);
  };
  tape.rewind();
  const engine::Op& multiply_op = engine::op_of(chain(tape, start));
  const engine::Types types{.inputs = {}, .output = {DType::f32, &start.shape()}};
  const engine::ElementwiseKernel kernel = std::get<engine::Elementwise>(multiply_op.computation(types, {})).kernel;
  std::vector<float> values(links + 1, 1.0F);
  const auto kernels = [&] {
    for (int i = 0; i < links; ++i) {
      const std::array<const void*, 2> in{&values[static_cast<std::size_t>(i)], values.data()};
      kernel(1, &values[static_cast<std::size_t>(i) + 1], in.data(), 0, nullptr);
    }
  };
  const bench::Timing whole = bench::compare(quick, step, record_only);
  bench::Timing t = bench::compare(quick, step, kernels);
  const double run = whole.ours - whole.floor;  // without the recording
  t.ratio = run / t.floor;
  t.ours = run - t.floor;
  return record("planned run of a 1x1 op, beyond its kernel", t, 40,
                "the kernels called in a loop (ratio: run / kernels)");
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Options options =
      bench::parse_options(argc, argv, "What the tape costs a node: recording, recording again, running");
  return bench::finish(options, {record_again(options.quick), record_first(options.quick), run_planned(options.quick)});
}
