// Memory that runs out while data are read and prepared: failing_walk.hpp says what is right then.
#include <cstdint>
#include <string>
#include <vector>

#include <capstan/data/batches.hpp>
#include <capstan/data/csv.hpp>
#include <capstan/data/idx.hpp>
#include <capstan/data/split.hpp>
#include <capstan/data/standardise.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "failing_walk.hpp"
#include "files.hpp"

using namespace capstan;

namespace {

const test::Folder& folder() {
  static const test::Folder only;
  return only;
}

void add(Outcome& out, const data::Dataset& set) {
  out.add(set.x), out.add(set.y);
  for (const std::string& name : set.feature_names) out.add(name);
  for (const std::string& name : set.class_names) out.add(name);
}

data::Dataset examples() {
  Rng rng{1};
  std::vector<std::int32_t> labels;
  for (std::int32_t i = 0; i < 12; ++i) labels.push_back(i % 3);
  return {Tensor::normal({4, 12}, rng),
          Tensor::from(std::span<const std::int32_t>{labels}, {12}),
          {"the first of the features", "b", "c", "d"},
          {"setosa", "versicolor", "the virginica of the irises"}};
}

constexpr const char* homes =
    "price,area,\"the kind of the\"\" roof\",street\n"
    "10.5,100,a roof of red tiles from the south,\"Main, 1\"\n"
    "11,,flat,Main\n"
    "12,130,flat,NA\n"
    "13,1e2,a roof of red tiles from the south,\"Main, 1\"\n";

struct Csv {
  std::filesystem::path file = folder().write("homes.csv", homes);
  void run(Outcome& out) {
    const data::Dataset set =
        data::load_csv(file, {.target = "price", .missing = data::Missing::fill, .missing_indicator = true});
    add(out, set);
  }
};

struct CompressedCsv {
  std::filesystem::path file = folder().write("homes.csv.gz", test::gzip(homes));
  void run(Outcome& out) {
    const data::Dataset set = data::load_csv(
        file, {.target = 2, .categorical = {"area"}, .ignore = {"street"}, .missing = data::Missing::drop_row});
    add(out, set);
  }
};

struct RefusedCsv {
  std::filesystem::path file = folder().write("broken.csv", "a,b\n1,2\n3\n");
  void run(Outcome& out) {
    try {
      (void)data::load_csv(file);
      FAIL("a row that is too short");
    } catch (const IoError& error) {
      out.add(std::string_view{error.what()}.substr(0, 40));
    }
  }
};

struct Idx {
  std::filesystem::path images =
      folder().write("images", test::idx(8, {3, 2, 2}, test::bytes({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255})));
  std::filesystem::path packed = folder().write("labels.gz", test::gzip(test::idx(8, {3}, test::bytes({0, 1, 2}))));
  void run(Outcome& out) {
    const Tensor x = data::load_idx(images), y = data::load_idx(packed);
    out.add(x), out.add(y);
  }
};

struct Prepared {
  data::Dataset set = examples();
  void run(Outcome& out) {
    auto [train, test] = data::split(set, {.test_fraction = 0.25, .seed = 3, .stratify = true});
    const data::Standardiser scale = data::standardise(train, test);
    const Tensor back = scale.invert(test.x);
    const data::Dataset some = data::take(set, std::vector<std::int64_t>{5, 0, 11});
    add(out, train), add(out, test), add(out, some);
    out.add(back);
  }
};

/// All data sets or none are scaled.
struct Standardised {
  data::Dataset train = examples(), test = examples();
  void run(Outcome& out) {
    (void)data::standardise(train, test);
    add(out, train), add(out, test);
  }
};

data::Batches shuffled(const data::Dataset& set) {
  return data::batches(set, {.batch_size = 5, .shuffle = true, .seed = 7});
}

/// A copy of a batch that is held makes the loader take a further slot.
struct Loaded {
  data::Dataset set = examples();
  data::Batches loader = shuffled(set);
  void run(Outcome& out) {
    std::array<data::Batch, 3> held;
    std::size_t next = 0;
    for (const data::Batch& batch : loader.epoch(3)) held[next++] = batch;
    for (const data::Batch& batch : held) out.add(batch.x), out.add(batch.y);
  }
};

/// A pass that fails at its first batch is not counted: the next one has its order.
struct FirstBatch {
  data::Dataset set = examples();
  data::Batches loader = shuffled(set);
  void run(Outcome& out) {
    const auto first = loader.begin();
    out.add(first->x);
  }
};

}  // namespace

TEST_CASE("load_csv stands failing allocations") {
  CHECK(walk<Csv>() > 0);
  CHECK(walk<CompressedCsv>() > 0);
  CHECK(walk<RefusedCsv>() > 0);
}
TEST_CASE("load_idx stands failing allocations") { CHECK(walk<Idx>() > 0); }
TEST_CASE("split, take and standardise stand failing allocations") {
  CHECK(walk<Prepared>() > 0);
  CHECK(walk<Standardised>() > 0);
}
TEST_CASE("Batches stand failing allocations") {
  CHECK(walk<FirstBatch>() > 0);
  CHECK(walk<Loaded>() > 0);
}
