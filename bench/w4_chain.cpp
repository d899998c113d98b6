// W4: x := tanh(a·x + b) a thousand times, 1×1 and 16×16: what an operation costs, recorded, run and differentiated.

#include <cstdint>
#include <memory>
#include <vector>

#include <fmt/core.h>

#include <capstan/capstan.hpp>

#include "floors/floors.hpp"
#include "peer/peer.hpp"
#include "support/measure.hpp"
#include "support/tensors.hpp"

using namespace capstan;

namespace {

constexpr std::int64_t usual_links = 1000, ops_of_link = 3;

bench::Contestant ours(const Tensor& a, const Tensor& b, const Tensor& x, std::int64_t links) {
  const auto tape = std::make_shared<Tape>();
  const auto results = std::make_shared<std::vector<Tensor>>();
  const auto step = [tape, results, a, b, x, links] {
    results->clear();  // nobody holds the last step's gradients
    tape->rewind();
    const Var va = tape->variable(a), vb = tape->variable(b), vx = tape->variable(x);
    Var y = vx;
    for (std::int64_t i = 0; i < links; ++i) y = tanh(va * y + vb);
    const Gradients gradients = tape->backward(sum(y));
    *results = {gradients[va], gradients[vb], gradients[vx]};
  };
  return {step, bench::shows(results)};
}

std::vector<bench::Record> measure_size(const bench::Options& options, std::int64_t side, double target) {
  Rng rng{1};
  // With a = 1 and b = 0 neither the values nor the gradients become denormal numbers on the way.
  const Tensor a = Tensor::ones({side, side}), b = Tensor::zeros({side, side});
  const Tensor x = Tensor::uniform({side, side}, rng, {.low = 0.1, .high = 1.0});
  const bench::Chain work{side, usual_links, a.data<float>(), b.data<float>(), x.data<float>()};
  return bench::measure(
      options, {.name = "W4", .unit = "ns", .per_second = 1e9 / (ops_of_link * usual_links), .tolerance = 1e-3},
      ours(a, b, x, usual_links),
      {{.variant = fmt::format("tanh(a·x + b) 1000 times, {0}×{0}, an op", side),
        .target = target,
        .absolute = true,
        .floor_name = "the same loops, by hand",
        .floor = bench::floors::chain(work),
        .peer_name = bench::peer::name(options.threads),
        .peer = bench::peer::chain(work)}});
}

/// A long chain of 1×1, an op, against the usual one.
bench::Record measure_length(const bench::Options& options, std::int64_t links) {
  const Tensor a = Tensor::ones({1, 1}), b = Tensor::zeros({1, 1}), x = Tensor::full({1, 1}, 0.5);
  const bench::Contestant longer = ours(a, b, x, links), usual = ours(a, b, x, usual_links);
  for (int i = 0; i < 2; ++i) longer.step();
  const bench::Timing t = bench::compare(options.quick ? 2 : 9, options.quick ? 0.0 : 2e-3, longer.step, usual.step);
  const auto per_op = [](double seconds, std::int64_t n) {
    return seconds * 1e9 / static_cast<double>(ops_of_link * n);
  };
  return {.workload = "W4",
          .variant = fmt::format("a chain of {} ops, an op", ops_of_link * links),
          .threads = options.threads,
          .unit = "ns",
          .ours = per_op(t.ours, links),
          .floor = per_op(t.floor, usual_links),
          .ratio_floor = t.ratio * static_cast<double>(usual_links) / static_cast<double>(links),
          .target = 1.5,
          .floor_name = "a chain of 3000 ops"};
}

std::vector<bench::Record> measure(const bench::Options& options) {
  std::vector<bench::Record> records = measure_size(options, 1, 40);
  for (const bench::Record& record : measure_size(options, 16, 63)) records.push_back(record);
  for (const std::int64_t links : {10'000, 100'000, 1'666'667}) {
    if (!options.quick || links == 10'000) records.push_back(measure_length(options, links));
  }
  return records;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv, "W4: nanoseconds an operation of a long chain, forward and backward", measure);
}
