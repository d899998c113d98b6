// Plans of what a pass made in place of what was recorded.
#include <array>
#include <vector>

#include <capstan/graph.hpp>
#include <capstan/ops.hpp>

#include "catch.hpp"
#include "plan/plan.hpp"
#include "plan/rewrite.hpp"
#include "tape_state.hpp"

using namespace capstan;

namespace {

/// Runs a plan that reads leaves alone.
StoragePtr run(Plan& plan, const Recording& recording) {
  const StoragePtr block = Storage::allocate(plan.block_bytes());
  for (std::size_t p = 0; p < plan.places.size(); ++p) {
    const Place& place = plan.places[p];
    std::byte* base = block->data();
    if (place.base != 0) {
      const NodeId leaf = plan.externals[place.base - 1].node;
      base = static_cast<std::byte*>(recording.leaves[recording.nodes[leaf].detail].value.raw());
    }
    plan.pointers[p] = base + place.offset;
  }
  execute(plan, recording);
  return block;
}

}  // namespace

TEST_CASE("a plan of a rewrite computes what the rewrite says and names the nodes of the recording") {
  Tape tape;
  const Var w = tape.constant(Tensor::from({1.0f, 2.0f, 3.0f, 4.0f}, {2, 2}));
  const Var x = tape.constant(Tensor::from({5.0f, 6.0f, 7.0f, 8.0f}, {2, 2}));
  (void)negate(x);  // so that the numbers of nodes differ
  const Var sum = w + x, y = negate(sum);
  const Recording& recording = tape.state().recording();
  Positions positions;
  const std::array wanted{y.id()};
  const PlanRequest request{.recording = recording,
                            .wanted = wanted,
                            .available = [](NodeId) { return false; },
                            .positions = positions,
                            .threads = 1,
                            .backward = y.id()};
  Rewrite rewrite{request};
  const NodeId new_w = rewrite.push(w.id(), {}), new_x = rewrite.push(x.id(), {});
  const std::array both{new_w, new_x};
  const NodeId product = rewrite.push(sum.id(), op_of(matmul(w, x)), both, {});
  rewrite.want(rewrite.push(y.id(), {&product, 1}));
  CHECK(rewrite.request().backward == 3);
  Plan plan = rewrite.restore(make_plan(rewrite.request()));
  REQUIRE(plan.wanted == std::vector<NodeId>{y.id()});
  REQUIRE(plan.computed.size() == 2);
  CHECK(plan.computed[0] == sum.id());
  CHECK(plan.computed[1] == y.id());
  REQUIRE(plan.instructions.size() == 2);
  CHECK(plan.instructions[0].node == sum.id());
  CHECK(plan.groups.steps[0].node == y.id());
  REQUIRE(plan.outputs.size() == 1);
  CHECK(plan.outputs[0].node == y.id());
  const StoragePtr block = run(plan, recording);
  const auto* const values = reinterpret_cast<const float*>(block->data() + plan.outputs[0].offset);
  CHECK(std::vector<float>(values, values + 4) == std::vector<float>{-19.0f, -22.0f, -43.0f, -50.0f});
}
