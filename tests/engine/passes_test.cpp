// A pass between two others: what it makes of the values is what the plan computes.
#include <array>
#include <vector>

#include <capstan/graph.hpp>
#include <capstan/ops.hpp>

#include "catch.hpp"
#include "plan/emit/draft.hpp"
#include "plan/passes.hpp"
#include "plan/plan.hpp"
#include "tape_state.hpp"

using namespace capstan;

namespace {

/// Runs a plan that reads leaves alone.
StoragePtr run(Plan& plan, const Recording& recording) {
  const StoragePtr arena = Storage::allocate(plan.arena_bytes());
  for (std::size_t p = 0; p < plan.places.size(); ++p) {
    const Place& place = plan.places[p];
    std::byte* base = arena->data();
    if (place.base != 0) {
      const NodeId leaf = plan.externals[place.base - 1].node;
      base = static_cast<std::byte*>(recording.leaves[recording.nodes[leaf].detail].value.raw());
    }
    plan.pointers[p] = base + place.offset;
  }
  execute(plan, recording);
  return arena;
}

}  // namespace

TEST_CASE("a plan computes what a pass makes of its values, and names the nodes of the recording") {
  Tape tape;
  const Var w = tape.constant(Tensor::from({1.0f, 2.0f, 3.0f, 4.0f}, {2, 2}));
  const Var x = tape.constant(Tensor::from({5.0f, 6.0f, 7.0f, 8.0f}, {2, 2}));
  (void)negate(x);  // so that the numbers of nodes and values differ
  const Var sum = w + x, y = negate(sum);
  const Recording& recording = tape.state().recording();
  NodeNumbers numbers;
  const std::array wanted{y.id()};
  const PlanRequest request{.recording = recording,
                            .wanted = wanted,
                            .available = [](NodeId) { return false; },
                            .numbers = numbers,
                            .threads = 1,
                            .backward = y.id()};
  plan::Program program = plan::select(request);
  plan::Values& values = program.values;
  REQUIRE(values.size() == 4);
  CHECK(values.first_backward == 3);
  REQUIRE(values[2].node == sum.id());
  const Var product = matmul(w, x);
  const Op& op = op_of(product);
  const std::array<Types::Type, 2> inputs{{{DType::f32, values[0].shape}, {DType::f32, values[1].shape}}};
  values.all[2].op = &op;
  values.computations[2] = op.computation({inputs, {DType::f32, values[2].shape}}, {});

  plan::accumulate(program);
  plan::fuse(program);
  plan::lay(program);
  plan::stream(program);
  Plan plan = plan::place(plan::emit(program));
  REQUIRE(plan.wanted == std::vector<NodeId>{y.id()});
  REQUIRE(plan.computed.size() == 2);
  CHECK(plan.computed[0] == sum.id());
  CHECK(plan.computed[1] == y.id());
  REQUIRE(plan.instructions.size() == 2);
  CHECK(plan.instructions[0].node == sum.id());
  CHECK(plan.groups.steps[0].node == y.id());
  REQUIRE(plan.outputs.size() == 1);
  CHECK(plan.outputs[0].node == y.id());
  const StoragePtr arena = run(plan, recording);
  const auto* const result = reinterpret_cast<const float*>(arena->data() + plan.outputs[0].offset);
  CHECK(std::vector<float>(result, result + 4) == std::vector<float>{-19.0f, -22.0f, -43.0f, -50.0f});
}

TEST_CASE("a plan that is arranged twice is the same plan") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({5.0f, 6.0f, 7.0f, 8.0f}, {2, 2}), "x");
  const Var y = sum(tanh(matmul(x, transpose(x)) + x));
  NodeNumbers numbers;
  const std::array wanted{y.id()};
  const PlanRequest request{.recording = tape.state().recording(),
                            .wanted = wanted,
                            .available = [](NodeId) { return false; },
                            .numbers = numbers,
                            .threads = 1};
  plan::Program program = plan::select(request);
  plan::accumulate(program);
  plan::fuse(program);
  const auto arrange = [&program] {
    plan::lay(program);
    return plan::place(plan::emit(program));
  };
  const Plan first = arrange(), second = arrange();
  CHECK(first.arena_bytes() == second.arena_bytes());
  REQUIRE(first.places.size() == second.places.size());
  for (std::size_t p = 0; p < first.places.size(); ++p) CHECK(first.places[p].offset == second.places[p].offset);
}
