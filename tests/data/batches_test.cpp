#include <capstan/data/batches.hpp>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"
#include "counting_new.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

static_assert(std::input_iterator<data::Batches::Iterator>);
static_assert(std::sentinel_for<std::default_sentinel_t, data::Batches::Iterator>);

namespace {

// Example j has the features (j, −j) and the label j.
data::Dataset numbered(std::int64_t examples, bool examples_in_one_piece = true) {
  Tensor x = Tensor::empty({2, examples}), y = Tensor::empty({examples}, DType::i32);
  if (examples_in_one_piece) x = Tensor::empty({examples, 2}).transpose();
  for (std::int64_t j = 0; j < examples; ++j) {
    x.set({0, j}, static_cast<double>(j));
    x.set({1, j}, static_cast<double>(-j));
    y.set({j}, static_cast<double>(j));
  }
  return {x, y};
}

// The labels of one pass in their order. Every batch must be whole: its examples with their labels.
std::vector<double> walk(data::Batches& loader) {
  std::vector<double> labels;
  for (const data::Batch& batch : loader) {
    REQUIRE(batch.x.shape() == Shape{2, batch.examples()});
    REQUIRE(batch.y.shape() == Shape{batch.examples()});
    for (std::int64_t j = 0; j < batch.examples(); ++j) {
      const double label = batch.y.at({j});
      REQUIRE(batch.x.at({0, j}) == label);
      REQUIRE(batch.x.at({1, j}) == -label);
      labels.push_back(label);
    }
  }
  return labels;
}

std::vector<double> in_order(std::int64_t count) {
  std::vector<double> result;
  for (std::int64_t j = 0; j < count; ++j) result.push_back(static_cast<double>(j));
  return result;
}

}  // namespace

TEST_CASE("Batches without shuffle are views of the data set, in its order") {
  const data::Dataset all = numbered(10);
  data::Batches loader = data::batches(all, {.batch_size = 4});
  CHECK(loader.size() == 3);
  std::vector<std::int64_t> sizes;
  for (const data::Batch& batch : loader) {
    sizes.push_back(batch.examples());
    CHECK(batch.x.storage() == all.x.storage());
    CHECK(batch.y.storage() == all.y.storage());
  }
  CHECK(sizes == std::vector<std::int64_t>{4, 4, 2});
  CHECK(walk(loader) == in_order(10));
}

TEST_CASE("A shuffled pass has every example once, in another order in every epoch") {
  for (const bool in_one_piece : {true, false}) {
    data::Batches loader = data::batches(numbered(50, in_one_piece), {.batch_size = 8, .shuffle = true, .seed = 3});
    std::vector<double> first = walk(loader), second = walk(loader);
    CHECK(first != second);
    CHECK_FALSE(std::ranges::is_sorted(first));
    std::ranges::sort(first);
    std::ranges::sort(second);
    CHECK(first == in_order(50));
    CHECK(second == in_order(50));
  }
}

TEST_CASE("The order depends on the seed and the epoch alone") {
  const data::Dataset all = numbered(50);
  data::Batches loader = data::batches(all, {.batch_size = 8, .shuffle = true, .seed = 3});
  const auto epoch_0 = walk(loader), epoch_1 = walk(loader), epoch_2 = walk(loader);
  data::Batches another = data::batches(all, {.batch_size = 5, .shuffle = true, .seed = 3});
  CHECK(walk(another.epoch(2)) == epoch_2);
  CHECK(walk(another.epoch(0)) == epoch_0);
  CHECK(walk(another) == epoch_1);
  data::Batches reseeded = data::batches(all, {.batch_size = 8, .shuffle = true, .seed = 4});
  CHECK(walk(reseeded) != epoch_0);
}

TEST_CASE("drop_last leaves out a batch that is not full, and a full one stays") {
  data::Batches loader = data::batches(numbered(10), {.batch_size = 4, .drop_last = true});
  CHECK(loader.size() == 2);
  CHECK(walk(loader) == in_order(8));
  CHECK(data::batches(numbered(8), {.batch_size = 4, .drop_last = true}).size() == 2);
  CHECK(data::batches(numbered(8), {.batch_size = 4}).size() == 2);
}

TEST_CASE("A batch size beyond the data set gives one batch of all examples") {
  for (const bool shuffle : {true, false}) {
    constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();
    data::Batches loader = data::batches(numbered(5), {.batch_size = huge, .shuffle = shuffle});
    CHECK(loader.size() == 1);
    CHECK(walk(loader).size() == 5);
  }
}

TEST_CASE("A pass in the middle of a range-based loop over a temporary works") {
  std::int64_t seen = 0;
  for (const data::Batch& batch : data::batches(numbered(10), {.batch_size = 3, .shuffle = true}))
    seen += batch.examples();
  CHECK(seen == 10);
}

TEST_CASE("A batch that somebody holds never changes") {
  data::Batches loader = data::batches(numbered(12), {.batch_size = 4, .shuffle = true, .seed = 1});
  std::vector<data::Batch> held;
  std::vector<std::vector<double>> written;
  for (int pass = 0; pass < 3; ++pass)
    for (const data::Batch& batch : loader) {
      held.push_back(batch);
      written.emplace_back();
      for (std::int64_t j = 0; j < 4; ++j) written.back().push_back(batch.y.at({j}));
    }
  for (std::size_t i = 0; i < held.size(); ++i)
    for (std::int64_t j = 0; j < 4; ++j) {
      REQUIRE(held[i].y.at({j}) == written[i][static_cast<std::size_t>(j)]);
      REQUIRE(held[i].x.at({0, j}) == held[i].y.at({j}));
    }
}

TEST_CASE("Holding x alone, y alone or a view of either keeps the whole batch") {
  data::Batches loader = data::batches(numbered(4), {.batch_size = 1, .shuffle = true, .seed = 1});
  auto batch = loader.begin();
  const Tensor x = batch->x;
  const double first = x.at({0, 0});
  ++batch;
  const Tensor y = batch->y;
  const double second = y.item();
  ++batch;
  const Tensor view = batch->x.transpose();
  const double third = view.at({0, 0});
  ++batch;
  CHECK(x.at({0, 0}) == first);
  CHECK(y.item() == second);
  CHECK(view.at({0, 0}) == third);
}

TEST_CASE("A loader reuses the memory of a batch that no one holds, which counts as a write at the loader's line") {
  const unsigned line = __LINE__ + 1;
  data::Batches loader = data::batches(numbered(12), {.batch_size = 4, .shuffle = true});
  auto batch = loader.begin();
  const void* x = batch->x.raw();
  const void* y = batch->y.raw();
  const std::uint64_t x_version = batch->x.version(), y_version = batch->y.version();
  ++batch;
  CHECK(batch->x.raw() == x);
  CHECK(batch->y.raw() == y);
  CHECK(batch->x.version() > x_version);
  CHECK(batch->y.version() > y_version);
  CHECK(batch->x.storage()->written().line() == line);
  CHECK(batch->y.storage()->written().line() == line);
}

TEST_CASE("Where the last batch is still held, as a tape holds it, two places take turns") {
  data::Batches loader = data::batches(numbered(60), {.batch_size = 4, .shuffle = true});
  Tensor leaf;
  std::vector<const void*> places;
  for (const data::Batch& batch : loader) {
    leaf = batch.x;
    places.push_back(leaf.raw());
  }
  for (std::size_t i = 2; i < places.size(); ++i) REQUIRE(places[i] == places[i - 2]);
  CHECK(places[0] != places[1]);
}

TEST_CASE(
    "A batch on a tape keeps its values while the loader goes on, and the tape lets go of it when it records anew") {
  data::Batches loader = data::batches(numbered(60), {.batch_size = 4, .shuffle = true});
  Tape tape;
  std::vector<const void*> places;
  for (auto batch = loader.begin(); batch != loader.end();) {
    tape.rewind();
    const Var x = tape.constant(batch->x), y = tape.constant(batch->y);
    places.push_back(batch->x.raw());
    const double first = batch->y.at({0});
    ++batch;
    const Tensor on_tape = x.value(), labels = y.value();
    REQUIRE(labels.at({0}) == first);
    for (std::int64_t j = 0; j < 4; ++j) REQUIRE(on_tape.at({0, j}) == labels.at({j}));
  }
  for (std::size_t i = 2; i < places.size(); ++i) REQUIRE(places[i] == places[i - 2]);
}

TEST_CASE("No pass after the first allocates, a last batch that is not full included") {
  for (const bool shuffle : {true, false}) {
    data::Batches loader = data::batches(numbered(70), {.batch_size = 8, .shuffle = shuffle, .seed = 2});
    Tensor leaf_x, leaf_y;  // what a tape holds until its next recording
    double sum = 0.0;
    const auto pass = [&] {
      for (const data::Batch& batch : loader) {
        leaf_x = batch.x;
        leaf_y = batch.y;
        sum += batch.y.at({0});
      }
    };
    pass();
    const std::uint64_t before = counting_new::calls();
    for (int epoch = 0; epoch < 20; ++epoch) pass();
    const std::uint64_t calls = counting_new::calls() - before;
    if (counting_new::works) CHECK(calls == 0);
    CHECK(sum > 0.0);
  }
}

TEST_CASE("A copy of the loader does not write into the other's batches") {
  data::Batches loader = data::batches(numbered(8), {.batch_size = 4, .shuffle = true, .seed = 6});
  auto batch = loader.begin();
  const double label = batch->y.at({0});
  data::Batches copy = loader;
  (void)walk(copy);
  CHECK(batch->y.at({0}) == label);
}

TEST_CASE("Batches of any rank have the examples last") {
  Tensor images = Tensor::empty({6, 2, 3});
  float next = 0.0f;
  for (float& element : images.mutable_data<float>()) element = next++;
  const Tensor x = images.transpose({1, 2, 0});
  const Tensor y = Tensor::from({0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5}, {2, 6});
  for (const data::Batch& batch : data::batches({x, y}, {.batch_size = 4, .shuffle = true, .seed = 2})) {
    REQUIRE(batch.x.shape() == Shape{2, 3, batch.examples()});
    REQUIRE(batch.y.shape() == Shape{2, batch.examples()});
    for (std::int64_t j = 0; j < batch.examples(); ++j) {
      const auto example = static_cast<std::int64_t>(batch.y.at({0, j}));
      CHECK(batch.y.at({1, j}) == static_cast<double>(example) + 0.5);
      CHECK(batch.x.at({1, 2, j}) == x.at({1, 2, example}));
      CHECK(batch.x.at({0, 1, j}) == x.at({0, 1, example}));
    }
  }
}

TEST_CASE("Examples without features come in batches too") {
  std::int64_t seen = 0;
  const data::Dataset bare{Tensor::zeros({0, 5}), Tensor::from({1, 2, 3, 4, 5}, {5})};
  for (const data::Batch& batch : data::batches(bare, {.batch_size = 2, .shuffle = true})) seen += batch.examples();
  CHECK(seen == 5);
}

TEST_CASE("Batches refuse a size below 1, naming it and the shapes") {
  for (const std::int64_t size : {std::int64_t{0}, std::int64_t{-3}})
    CHECK_THROWS_AS(data::batches(numbered(4), {.batch_size = size}), ValueError);
  CHECK_THROWS_WITH(data::batches(numbered(4), {.batch_size = -3}),
                    ContainsSubstring("batches: batch_size must be at least 1, got -3\n  x: (2, 4)\n  y: (4)\n"
                                      "  at batches_test.cpp:"));
}

TEST_CASE("Batches refuse a data set without examples, and drop_last where it leaves nothing") {
  CHECK_THROWS_AS(data::batches(numbered(0)), ValueError);
  CHECK_THROWS_WITH(data::batches(numbered(0)), ContainsSubstring("batches: the data set has no examples"));
  CHECK_THROWS_AS(data::batches(numbered(3), {.batch_size = 4, .drop_last = true}), ValueError);
  CHECK_THROWS_WITH(data::batches(numbered(3), {.batch_size = 4, .drop_last = true}),
                    ContainsSubstring("batches: drop_last leaves no batch of 4 where there are 3 examples"));
}

TEST_CASE("Batches refuse x and y of different lengths, naming both shapes") {
  const data::Dataset uneven{Tensor::zeros({2, 4}), Tensor::zeros({1, 3})};
  CHECK_THROWS_AS(data::batches(uneven), ShapeError);
  CHECK_THROWS_WITH(data::batches(uneven),
                    ContainsSubstring("batches: x and y must have the same number of examples, got 4 and 3\n"
                                      "  x: (2, 4)\n  y: (1, 3)\n  at batches_test.cpp:"));
}
