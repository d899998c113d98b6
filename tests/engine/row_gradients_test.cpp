// Gradients of tables of which a step reads some rows: what is row-sparse, and what is the same as if it were dense.
#include <capstan/graph/gradients.hpp>
#include <capstan/graph/rows.hpp>
#include <capstan/graph/tape.hpp>

#include <cstdint>
#include <source_location>
#include <string>
#include <vector>

#include <capstan/graph/check_gradient.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "counting_new.hpp"
#include "same_bits.hpp"
#include "threads.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

namespace {

using Indices = std::vector<std::int32_t>;

Tensor indices_of(const Indices& indices) { return Tensor::from(indices, {std::ssize(indices)}); }

/// Rows of the table, as an embedding would take them.
Var look_up(const Var& table, const Tensor& indices) {
  return record_gather_rows(table, indices, std::source_location::current());
}

Tensor normal(const Shape& shape, std::uint64_t seed, DType dtype = DType::f64) {
  Rng rng{seed};
  return Tensor::normal(shape, rng, {.dtype = dtype});
}

Indices random_indices(std::int64_t count, std::int64_t rows, std::uint64_t seed) {
  Rng rng{seed};
  const Tensor numbers = Tensor::uniform({count}, rng, {.high = static_cast<double>(rows), .dtype = DType::f64});
  Indices indices;
  for (const double number : numbers.data<double>()) indices.push_back(static_cast<std::int32_t>(number));
  return indices;
}

Indices list(const Tensor& x) {
  const auto elements = x.data<std::int32_t>();
  return {elements.begin(), elements.end()};
}

/// What the gradient of Σ slope · rows must be, added row by row.
Tensor expected(const Shape& table, const Indices& indices, const Tensor& slope) {
  Tensor sum = Tensor::zeros(table, slope.dtype());
  for (std::int64_t i = 0; i < std::ssize(indices); ++i) {
    for (std::int64_t k = 0; k < table[1]; ++k) {
      const std::int64_t row = indices[static_cast<std::size_t>(i)];
      sum.set({row, k}, sum.at({row, k}) + slope.at({i, k}));
    }
  }
  return sum;
}

struct Example {
  Parameter table{"table", normal({6, 2}, 1)};
  Tensor slope = normal({4, 2}, 2);
  Tape tape;

  Var cost(const Indices& indices) { return sum(look_up(tape.parameter(table), indices_of(indices)) * slope); }
  Gradients gradients(const Indices& indices) {
    tape.rewind();
    return tape.backward(cost(indices));
  }
};

}  // namespace

TEST_CASE("The gradient of looked-up rows is row-sparse: sorted, each row once, what comes twice summed up") {
  Example e;
  const Indices indices{4, 1, 4, 0};
  const Gradients g = e.gradients(indices);
  REQUIRE(g.is_sparse(e.table));
  CHECK(g.is_sparse(e.tape.parameter(e.table)));
  const SparseRows& sparse = g.sparse(e.table);
  CHECK(list(sparse.indices) == Indices{0, 1, 4});
  CHECK(sparse.rows.shape() == Shape{3, 2});
  CHECK(sparse.rows.at({0, 1}) == e.slope.at({3, 1}));
  CHECK(sparse.rows.at({2, 0}) == e.slope.at({0, 0}) + e.slope.at({2, 0}));
  CHECK(same_bits(g[e.table], expected({6, 2}, indices, e.slope)));
  CHECK(g.find(e.table) == &g[e.table]);
  CHECK(g.entries()[0].shape() == Shape{6, 2});
  CHECK(same_bits(g.entries()[0].numbers(), sparse.rows));
}

TEST_CASE("The whole gradient has the bits of the recorded one, in every dtype, eager too") {
  for (const bool eager : {false, true}) {
    for (const DType dtype : {DType::f32, DType::f64}) {
      const Parameter table{"table", normal({300, 5}, 1, dtype)};
      const Tensor slope = normal({2000, 5}, 2, dtype), indices = indices_of(random_indices(2000, 300, 3));
      Tape tape{{.eager = eager}};
      const Var x = tape.parameter(table);
      const Var cost = sum(look_up(x, indices) * slope);
      const Tensor recorded = gradient(cost, x).value();
      const Gradients g = tape.backward(cost);
      CHECK(g.is_sparse(table));
      CHECK(same_bits(g[table], recorded));
    }
  }
}

TEST_CASE("Rows of a table that is looked up several times stay row-sparse") {
  Example e;
  const Indices first{4, 1, 4, 0}, second{5, 5, 1, 2}, third{0, 0, 0, 0};
  const Gradients g = e.tape.backward(e.cost(first) + e.cost(second) + e.cost(third));
  REQUIRE(g.is_sparse(e.table));
  CHECK(list(g.sparse(e.table).indices) == Indices{0, 1, 2, 4, 5});
  const Tensor one = expected({6, 2}, first, e.slope), two = expected({6, 2}, second, e.slope),
               three = expected({6, 2}, third, e.slope);
  for (std::int64_t i = 0; i < 6; ++i) {
    for (std::int64_t k = 0; k < 2; ++k)
      CHECK(g[e.table].at({i, k}) == Approx(one.at({i, k}) + two.at({i, k}) + three.at({i, k})).margin(1e-12));
  }
}

TEST_CASE("A table that is used otherwise, too, has a dense gradient") {
  Example e;
  const Indices indices{4, 1, 4, 0};
  const Var x = e.tape.parameter(e.table);
  const Gradients g = e.tape.backward(e.cost(indices) + sum(x * 3.0));
  CHECK_FALSE(g.is_sparse(e.table));
  const Tensor rows = expected({6, 2}, indices, e.slope);
  CHECK(g[e.table].at({4, 1}) == rows.at({4, 1}) + 3.0);
  CHECK(g[e.table].at({3, 1}) == 3.0);
  CHECK_THROWS_AS(g.sparse(e.table), ValueError);
  CHECK_THROWS_WITH(g.sparse(e.table),
                    "gradients: that of \"table\" (6, 2) is not row-sparse; g[x] is the whole gradient");
  CHECK_THROWS_AS(g.is_sparse(e.tape.constant(e.slope)), ValueError);
}

TEST_CASE("Sums of a sum of rows with itself are not walked for ever") {
  Example e;
  Var dx = record_scatter_rows(e.tape.variable(e.slope), indices_of({4, 1, 4, 0}), {6, 2}, {});
  for (int i = 0; i < 40; ++i) dx = dx + dx;
  const Var x = e.tape.parameter(e.table);
  CHECK_FALSE(e.tape.backward(sum(x * stop_gradient(dx))).is_sparse(e.table));
}

TEST_CASE("Gradients of rows are right to first and second order") {
  const Tensor indices = indices_of({2, 0, 2, 3, 3});
  const auto rows = [&](std::span<const Var> x) { return look_up(x[0], indices) * x[1]; };
  CHECK(check_gradient(rows, {normal({4, 3}, 1), normal({5, 3}, 2)}).passed());
  const auto slope = [&](std::span<const Var> x) {
    return square(gradient(sum(square(square(look_up(x[0], indices)))), x[0]));
  };
  CHECK(check_gradient(slope, {normal({4, 3}, 1)}).passed());
  const auto put = [&](std::span<const Var> x) { return square(record_scatter_rows(x[0], indices, {4, 3}, {})); };
  CHECK(check_gradient(put, {normal({5, 3}, 2)}).passed());
}

TEST_CASE("Rows have the same bits on any number of threads") {
  const Parameter table{"table", normal({1000, 64}, 1, DType::f32)};
  const Tensor slope = normal({5000, 64}, 2, DType::f32), indices = indices_of(random_indices(5000, 1000, 3));
  std::vector<SparseRows> found;
  for (const int count : {1, 2, 3}) {
    const Threads limit{count};
    Tape tape;
    found.push_back(tape.backward(sum(look_up(tape.parameter(table), indices) * slope)).sparse(table));
  }
  for (const SparseRows& rows : found) {
    CHECK(same_bits(rows.indices, found[0].indices));
    CHECK(same_bits(rows.rows, found[0].rows));
  }
  CHECK(same_bits(found[0].rows.slice({.stop = 1}), expected({1000, 64}, list(indices), slope).slice({.stop = 1})));
}

TEST_CASE("Row-sparse gradients are added up") {
  Example e, other;
  const Indices first{4, 1, 4, 0}, second{5, 5, 1, 2};
  const Tensor one = e.gradients(first)[e.table].copy(), two = e.gradients(second)[e.table].copy();
  const auto check_sum = [&](const Gradients& g) {
    for (std::int64_t i = 0; i < 6; ++i) {
      for (std::int64_t k = 0; k < 2; ++k) CHECK(g[e.table].at({i, k}) == one.at({i, k}) + two.at({i, k}));
    }
  };
  const auto dense = [&](const Tensor& slope) { return e.tape.backward(sum(e.tape.parameter(e.table) * slope)); };

  Gradients sum = e.gradients(first);
  const Gradients before = sum;
  sum += e.gradients(second);
  CHECK(list(sum.sparse(e.table).indices) == Indices{0, 1, 2, 4, 5});
  check_sum(sum);
  CHECK(same_bits(before[e.table], one));

  sum = e.gradients(first);
  sum += dense(two);
  CHECK_FALSE(sum.is_sparse(e.table));
  check_sum(sum);

  sum = dense(one);
  sum += e.gradients(second);
  CHECK_FALSE(sum.is_sparse(e.table));
  check_sum(sum);

  sum = Gradients{};
  sum += e.gradients(first);
  CHECK(sum.is_sparse(e.table));
  CHECK(same_bits(sum[e.table], one));
  sum += sum;
  CHECK(sum[e.table].at({4, 0}) == 2.0 * one.at({4, 0}));

  const Parameter wider{"wider", normal({6, 3}, 1)};
  Gradients misfit = e.gradients(first);
  CHECK_THROWS_AS(misfit.replace(0, wider.value()), ShapeError);
  CHECK_THROWS_AS(misfit.replace(0, Tensor::zeros({6, 2})), DTypeError);
}

TEST_CASE("Row-sparse gradients are scaled and replaced, and copies of them stay as they are") {
  Example e;
  const Indices indices{4, 1, 4, 0};
  Gradients g = e.gradients(indices);
  const Tensor whole = g[e.table].copy();
  const Gradients copy = g;
  g *= 0.5;
  CHECK(g.is_sparse(e.table));
  CHECK(g[e.table].at({4, 1}) == 0.5 * whole.at({4, 1}));
  CHECK(same_bits(copy[e.table], whole));
  g.replace(0, Tensor::ones({3, 2}, DType::f64));
  CHECK(g.is_sparse(e.table));
  CHECK(g[e.table].at({4, 1}) == 1.0);
  CHECK(g[e.table].at({5, 1}) == 0.0);
  g.replace(0, Tensor::ones({6, 2}, DType::f64));
  CHECK_FALSE(g.is_sparse(e.table));
  CHECK(g[e.table].at({5, 1}) == 1.0);
  CHECK(same_bits(copy[e.table], whole));
}

TEST_CASE("Rows stay as they are when the tape goes on, and a tape may change between rows and dense gradients") {
  Example e;
  const Gradients held = e.gradients({4, 1, 4, 0});
  const Tensor rows = held.sparse(e.table).rows.copy();
  const Tensor read = e.gradients({5, 5, 5, 5}).sparse(e.table).rows;
  const Tensor read_copy = read.copy();
  for (int step = 0; step < 3; ++step) {
    CHECK(list(e.gradients({2, 3, 2, 3}).sparse(e.table).indices) == Indices{2, 3});
    e.tape.rewind();
    CHECK_FALSE(e.tape.backward(sum(e.tape.parameter(e.table) * 2.0)).is_sparse(e.table));
    e.tape.rewind();
    const Gradients none = e.tape.backward(sum(look_up(e.tape.parameter(e.table), Tensor::from(Indices{}, {0}))) +
                                           sum(e.tape.variable(e.slope)));
    CHECK(none.is_sparse(e.table));
    CHECK(none.sparse(e.table).rows.shape() == Shape{0, 2});
    CHECK(none[e.table].at({5, 1}) == 0.0);
  }
  CHECK(same_bits(held.sparse(e.table).rows, rows));
  CHECK(same_bits(read, read_copy));
}

TEST_CASE("A repeated step with row-sparse gradients allocates nothing, whatever the indices") {
  Example e;
  std::vector<Tensor> batches;
  for (std::uint64_t seed = 0; seed < 8; ++seed) batches.push_back(indices_of(random_indices(4, 6, seed)));
  const auto step = [&](const Tensor& batch) {
    e.tape.rewind();
    const Gradients g = e.tape.backward(sum(look_up(e.tape.parameter(e.table), batch) * e.slope));
    return g.sparse(e.table).indices.elements();
  };
  for (int warm = 0; warm < 3; ++warm) step(batches[0]);
  std::int64_t rows = 0;
  const std::uint64_t before = counting_new::calls();
  for (const Tensor& batch : batches) rows += step(batch);
  const std::uint64_t calls = counting_new::calls() - before;
  if (counting_new::works) CHECK(calls == 0);
  CHECK(rows > std::ssize(batches));
}

TEST_CASE("An index outside the table is refused by value and place") {
  Example e;
  for (const std::int32_t wrong : {-1, 6}) {
    e.tape.rewind();
    const Var rows = look_up(e.tape.parameter(e.table), indices_of({0, 1, wrong, 2}));
    CHECK_THROWS_AS(rows.value(), IndexError);
    CHECK_THROWS_WITH(rows.value(), ContainsSubstring("gather_rows: index " + std::to_string(wrong) +
                                                      " at position 2 is out of range for 6 rows\n  at "));
  }
}

TEST_CASE("Rows that fit no table, and indices that are none, are refused") {
  Example e;
  const Var x = e.tape.parameter(e.table);
  const auto at = std::source_location::current();
  CHECK_THROWS_AS(look_up(x, Tensor::from({1.0, 2.0}, {2})), DTypeError);
  CHECK_THROWS_AS(look_up(x, Tensor::from({1, 2}, {2, 1})), ShapeError);
  CHECK_THROWS_AS(look_up(sum(x), Tensor::from({1, 2}, {2})), ShapeError);
  CHECK_THROWS_AS(record_scatter_rows(x, indices_of({1, 2}), {6, 2}, at), ShapeError);
  CHECK_THROWS_WITH(
      record_scatter_rows(x, indices_of({1, 2}), {6, 2}, at),
      ContainsSubstring("scatter_rows: there must be one row of a table (6, 2) for each index, got (6, 2)"));
}
