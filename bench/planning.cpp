// What it costs a node to plan a recording, and what a node costs on an eager tape, which plans each by itself. Only
// what users see is called, so that figures can be compared across changes to the inside: the cost of a plan is that of
// a first step, less what recording for the first time and running cost by themselves.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include <capstan/capstan.hpp>

#include "support/measure.hpp"
#include "support/report.hpp"

using namespace capstan;

namespace {

constexpr std::int64_t width = 4;

/// h := tanh(W·h + b), layer by layer, with W and b in one matrix: products, broadcast additions, activations, and in
/// backward their gradients and the sums over layers.
class Net {
 public:
  explicit Net(int layers) : layers_{layers} {
    Rng rng{1};
    weights_ = Tensor::normal({width, width + 1}, rng, {.stddev = 0.3});
    start_ = Tensor::normal({width, width}, rng);
  }

  /// Records the cost and its gradient; nothing is planned yet.
  Var record(Tape& tape) const {
    const Var weights = tape.variable(weights_);
    const Var W = slice(weights, {.axis = 1, .stop = width}), b = slice(weights, {.axis = 1, .start = width});
    Var h = tape.constant(start_);
    for (int layer = 0; layer < layers_; ++layer) h = tanh(matmul(W, h) + b);
    const Var cost = sum(h * h);
    tape.keep(cost);
    return gradient(cost, weights);
  }

  std::size_t nodes() const {
    Tape tape;
    record(tape);
    return tape.size();
  }

 private:
  int layers_;
  Tensor weights_, start_;
};

bench::Record plan_net(bool quick, int layers) {
  const Net net{layers};
  Tape tape;
  net.record(tape).value();
  const auto first_step = [&] {
    Tape fresh;
    net.record(fresh).value();
  };
  const auto first_recording = [&] {
    Tape fresh;
    net.record(fresh);
  };
  const auto step = [&] {
    tape.rewind();
    net.record(tape).value();
  };
  const auto recording = [&] {
    tape.rewind();
    net.record(tape);
  };
  const std::vector<bench::Lap> laps = bench::race(quick, {first_step, first_recording, step, recording});
  const double run = laps[2].seconds - laps[3].seconds;
  const double plan = laps[0].seconds - laps[1].seconds - run;
  const auto nodes = static_cast<double>(net.nodes());
  return {.workload = "planning",
          .variant = fmt::format("plan a recording of {} nodes, a node", nodes),
          .threads = 1,
          .unit = "ns",
          .ours = plan * 1e9 / nodes,
          .floor = laps[1].seconds * 1e9 / nodes,
          .ratio_floor = plan / laps[1].seconds,
          .target = 1000,
          .absolute = true,
          .floor_name = "recording it for the first time"};
}

void run_chain(Tape& tape, const Tensor& start, int links) {
  const Var x0 = tape.constant(start);
  Var x = x0;
  for (int i = 0; i < links; ++i) x = x * x0;
  if (x.item() != 1.0) std::abort();
}

/// A step on a tape that is used again and again, or on a fresh one each time.
std::function<void()> step(bool eager, bool fresh, int links) {
  const Tensor start = Tensor::ones({1, 1});
  if (fresh) {
    return [=] {
      Tape tape{{.eager = eager}};
      run_chain(tape, start, links);
    };
  }
  return [start, links, tape = std::make_shared<Tape>(TapeOptions{.eager = eager})] {
    tape->rewind();
    run_chain(*tape, start, links);
  };
}

bench::Record run_eagerly(bool quick, bool fresh, int links, double target) {
  const bench::Timing t = bench::compare(quick, step(true, fresh, links), step(false, fresh, links));
  return {.workload = "planning",
          .variant = fmt::format("{} 1x1 ops on {} eager tape, an op", links, fresh ? "a fresh" : "an"),
          .threads = 1,
          .unit = "ns",
          .ours = t.ours * 1e9 / links,
          .floor = t.floor * 1e9 / links,
          .ratio_floor = t.ratio,
          .target = target,
          .absolute = true,
          .floor_name = "the same on a tape that plans"};
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Options options =
      bench::parse_options(argc, argv, "What a plan costs a node, and what a node costs on an eager tape");
  const bool quick = options.quick;
  return bench::finish(
      options, {plan_net(quick, 1), plan_net(quick, 17), plan_net(quick, 908), run_eagerly(quick, true, 200, 5000),
                run_eagerly(quick, false, 200, 300), run_eagerly(quick, false, 10'000, 300)});
}
