// Matrix: plain loops in double, to compare the tape with.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <capstan/tensor/tensor.hpp>

struct Matrix {
  std::int64_t rows = 0, columns = 0;
  std::vector<double> values = {};

  Matrix(std::int64_t r, std::int64_t c) : rows{r}, columns{c}, values(static_cast<std::size_t>(r * c), 0.0) {}
  explicit Matrix(const capstan::Tensor& t) : Matrix{t.shape()[0], t.shape()[1]} {
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < columns; ++j) (*this)(i, j) = t.at({i, j});
    }
  }

  double& operator()(std::int64_t i, std::int64_t j) { return values[static_cast<std::size_t>(i * columns + j)]; }
  double operator()(std::int64_t i, std::int64_t j) const { return values[static_cast<std::size_t>(i * columns + j)]; }
};

inline Matrix product(const Matrix& a, const Matrix& b) {
  Matrix y{a.rows, b.columns};
  for (std::int64_t i = 0; i < a.rows; ++i) {
    for (std::int64_t j = 0; j < b.columns; ++j) {
      for (std::int64_t k = 0; k < a.columns; ++k) y(i, j) += a(i, k) * b(k, j);
    }
  }
  return y;
}

inline Matrix turned(const Matrix& a) {
  Matrix y{a.columns, a.rows};
  for (std::int64_t i = 0; i < a.rows; ++i) {
    for (std::int64_t j = 0; j < a.columns; ++j) y(j, i) = a(i, j);
  }
  return y;
}

/// Each element of y is f(a's element, b's element); a column b serves every column of a.
template <class Function>
Matrix combine(const Matrix& a, const Matrix& b, Function f) {
  Matrix y{a.rows, a.columns};
  for (std::int64_t i = 0; i < a.rows; ++i) {
    for (std::int64_t j = 0; j < a.columns; ++j) y(i, j) = f(a(i, j), b(i, b.columns == 1 ? 0 : j));
  }
  return y;
}

/// np.sum(a, axis=1, keepdims=True).
inline Matrix row_sums(const Matrix& a) {
  Matrix y{a.rows, 1};
  for (std::int64_t i = 0; i < a.rows; ++i) {
    for (std::int64_t j = 0; j < a.columns; ++j) y(i, 0) += a(i, j);
  }
  return y;
}

/// The largest distance between an element of a and factor times that of b; infinite for different shapes.
inline double distance(const Matrix& a, const capstan::Tensor& b, double factor = 1.0) {
  if (b.shape() != capstan::Shape{a.rows, a.columns}) return INFINITY;
  double worst = 0.0;
  for (std::int64_t i = 0; i < a.rows; ++i) {
    for (std::int64_t j = 0; j < a.columns; ++j) worst = std::fmax(worst, std::fabs(a(i, j) - factor * b.at({i, j})));
  }
  return worst;
}
