// The products that the benchmark measures.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <fmt/core.h>

namespace bench {

/// How an operand lies in memory: by rows, or as the transposed view of a matrix that lies by rows.
enum class Lies : std::uint8_t { by_rows, by_columns };

/// (m, k) · (k, n).
struct Case {
  std::string name;
  std::int64_t m, n, k;
  Lies a = Lies::by_rows, b = Lies::by_rows;
};

inline Case sized(std::int64_t m, std::int64_t n, std::int64_t k, Lies a = Lies::by_rows, Lies b = Lies::by_rows) {
  const auto operand = [](std::int64_t rows, std::int64_t columns, Lies lies) {
    return lies == Lies::by_rows ? fmt::format("({},{})", rows, columns) : fmt::format("({},{})ᵀ", columns, rows);
  };
  return {operand(m, k, a) + "·" + operand(k, n, b), m, n, k, a, b};
}

/// The products of a step of the net 784-512-512-10. x is a batch as data sets give it: one example a row, transposed.
inline std::vector<Case> step(std::int64_t batch) {
  const auto b = batch;
  constexpr Lies rows = Lies::by_rows, columns = Lies::by_columns;
  return {{fmt::format("W1·x    (512,784)·(784,{})", b), 512, b, 784, rows, columns},
          {fmt::format("W2·h1   (512,512)·(512,{})", b), 512, b, 512, rows, rows},
          {fmt::format("W3·h2   (10,512)·(512,{})", b), 10, b, 512, rows, rows},
          {fmt::format("dz3·h2ᵀ (10,{0})·({0},512)", b), 10, 512, b, rows, columns},
          {fmt::format("W3ᵀ·dz3 (512,10)·(10,{})", b), 512, b, 10, columns, rows},
          {fmt::format("dz2·h1ᵀ (512,{0})·({0},512)", b), 512, 512, b, rows, columns},
          {fmt::format("W2ᵀ·dz2 (512,512)·(512,{})", b), 512, b, 512, columns, rows},
          {fmt::format("dz1·xᵀ  (512,{0})·({0},784)", b), 512, 784, b, rows, rows}};
}

inline std::vector<Case> cubes() {
  std::vector<Case> cases;
  for (const std::int64_t n : {512, 128, 64, 32, 16, 8, 4, 1}) cases.push_back({fmt::format("{0}³", n), n, n, n});
  return cases;
}

/// Of the nets 2-16-16-1 with batch 4, forward and backward.
inline std::vector<Case> tiny() {
  constexpr Lies rows = Lies::by_rows, columns = Lies::by_columns;
  return {sized(16, 4, 2),
          sized(16, 4, 16),
          sized(1, 4, 16),
          sized(16, 4, 1, columns),
          sized(16, 4, 16, columns),
          sized(1, 16, 4, rows, columns),
          sized(16, 16, 4, rows, columns),
          sized(16, 2, 4, rows, columns)};
}

/// Of a long short-term memory with 256 hidden units and batch 16, and other products with one small side.
inline std::vector<Case> small_sides() {
  constexpr Lies rows = Lies::by_rows, columns = Lies::by_columns;
  return {
      sized(1024, 16, 256), sized(1024, 256, 16, rows, columns), sized(256, 16, 1024, columns), sized(256, 16, 1024),
      sized(10, 128, 512),  sized(10, 512, 512, rows, columns),  sized(512, 128, 10, columns)};
}

/// One row or one column, from what a cache holds to what comes from memory.
inline std::vector<Case> vectors(bool quick) {
  constexpr Lies rows = Lies::by_rows, columns = Lies::by_columns;
  std::vector<Case> cases{sized(100, 1, 100), sized(100, 1, 100, columns), sized(512, 1, 512),
                          sized(512, 1, 512, columns)};
  if (quick) return cases;
  for (const Case& c : {sized(1, 60000, 784, rows, columns), sized(1, 60000, 784), sized(784, 1, 60000, columns),
                        sized(784, 1, 60000)}) {
    cases.push_back(c);
  }
  return cases;
}

}  // namespace bench
