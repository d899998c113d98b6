// The planner: what a plan leaves out, and how it uses its memory.
#include <algorithm>
#include <source_location>
#include <utility>
#include <vector>

#include <capstan/graph.hpp>
#include <capstan/ops.hpp>

#include <capstan/tensor/strided/join.hpp>
#include "catch.hpp"
#include "plan/place/offsets.hpp"
#include "plan/plan.hpp"
#include "run/arena_pool.hpp"
#include "tape_state.hpp"

using namespace capstan;

namespace {

const Plan& last_plan(const Tape& tape) { return *tape.state().recording().plans.back().plan; }

}  // namespace

TEST_CASE("dead nodes are dropped and views cost no instruction") {
  Tape tape;
  const Var x = tape.constant(Tensor::ones({4, 8}));
  (void)(x * 5.0);
  const Var y = matmul(transpose(x), x);
  (void)y.value();
  CHECK(last_plan(tape).instructions.size() == 1);
}

TEST_CASE("a chain of elementwise ops runs as one group, in one tile buffer") {
  Tape tape;
  Var x = tape.constant(Tensor::ones({4096}));
  for (int i = 0; i < 50; ++i) x = x + 1.0;
  CHECK(x.value().at({7}) == 51.0);
  const Plan& plan = last_plan(tape);
  CHECK(plan.instructions.size() == 1);
  CHECK(plan.arena_bytes() < (4096 + 2 * tile_elements) * 4);
}

TEST_CASE("a group's output is written over an operand that is read for the last time") {
  Tape tape;
  const Var x = tape.constant(Tensor::ones({64, 64}));
  const Var y = tanh(matmul(x, x)) * 2.0;
  (void)y.value();
  const Plan& plan = last_plan(tape);
  REQUIRE(plan.instructions.size() == 2);
  CHECK(plan.outputs[0].offset == plan.places[plan.instructions[0].first_pointer + 2].offset);
}

TEST_CASE("memory is used again as soon as a value is dead") {
  Tape tape;
  Var x = tape.constant(Tensor::ones({64, 64}));
  for (int i = 0; i < 20; ++i) x = matmul(x, x) * (1.0 / 64.0);
  CHECK(x.value().at({3, 3}) == 1.0);
  const Plan& plan = last_plan(tape);
  const Instruction& product = plan.instructions[0];
  REQUIRE(product.kind == Instruction::Kind::product);
  const std::size_t scratch = plan.products[product.detail].scratch_bytes();
  CHECK(plan.instructions.size() == 40);
  CHECK(plan.arena_bytes() <= 2 * 64 * 64 * 4 + scratch + block_alignment);
}

TEST_CASE("offsets fit the smallest free range and neighbours are merged") {
  OffsetAllocator a;
  const std::size_t x = a.allocate(100), y = a.allocate(64), z = a.allocate(200);
  CHECK(x == 0);
  CHECK(y == 128);
  CHECK(z == 192);
  CHECK(a.peak() == 448);
  a.free(x, 100);
  a.free(z, 200);
  CHECK(a.allocate(90) == 0);
  CHECK(a.allocate(256) == 192);
  a.free(y, 64);
  a.free(0, 90);
  CHECK(a.allocate(192) == 0);
  CHECK(a.peak() == 448);
  CHECK(a.allocate(0) == 0);
  CHECK(a.allocate(64) == 448);
}

TEST_CASE("an arena that somebody looks at is not given out again") {
  ArenaPool pool;
  StoragePtr held = pool.take(1000);
  const std::byte* const first = held->data();
  pool.give_back(held);
  StoragePtr other = pool.take(1000);
  CHECK(other->data() != first);
  pool.give_back(std::move(other));
  held = nullptr;
  CHECK(pool.take(900)->bytes() >= 900);
  CHECK(pool.take(5000)->bytes() >= 5000);
}

TEST_CASE("arenas that no step takes any more are let go, but for two free ones") {
  ArenaPool pool;
  std::vector<StoragePtr> arenas;
  for (int i = 0; i < 10; ++i) arenas.push_back(pool.take(1000));
  const StoragePtr users = arenas.front();
  for (StoragePtr& arena : arenas) {
    arena->note_write(std::source_location::current());  // by which they are known
    pool.give_back(std::move(arena));
  }
  for (int step = 0; step < 40; ++step) pool.end_step();
  CHECK(users->unique());
  for (StoragePtr& arena : arenas) arena = pool.take(1000);
  CHECK(std::ranges::count_if(arenas, [](const StoragePtr& arena) { return arena->version() == 1; }) == 2);
}

TEST_CASE("axes that can be counted through as one are joined") {
  const Shape shape{2, 3, 4};
  const Layout whole{0, shape, row_major(shape)}, column{0, Shape{2, 1, 1}, {1, 1, 1}}, row{0, Shape{4}, {1}};
  const JoinedAxes by_column = join_axes(shape, std::vector<Layout>{whole, column});
  REQUIRE(by_column.extents.size() == 2);
  CHECK(by_column.extents[0] == 2);
  CHECK(by_column.extents[1] == 12);
  CHECK(by_column.steps[1][0] == 1);
  CHECK(by_column.steps[1][1] == 0);
  const JoinedAxes by_row = join_axes(shape, std::vector<Layout>{row, whole});
  REQUIRE(by_row.extents.size() == 2);
  CHECK(by_row.extents[0] == 6);
  CHECK(by_row.extents[1] == 4);
  CHECK(by_row.steps[0][0] == 0);
  CHECK(by_row.steps[1][0] == 4);
}
