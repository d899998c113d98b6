// What the tests of gradients of folds and of softmax and its kin share. A function is applied to groups of four numbers; one
// or more of each group, and of the gradients of its results, are taken from the grid of special numbers.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/ranges.h>

#include <capstan/graph/tape.hpp>
#include <capstan/ops.hpp>
#include <capstan/tensor/tensor.hpp>

#include "catch.hpp"
#include "special_numbers.hpp"

namespace capstan::groups {

inline constexpr std::size_t n = 4;
using Reals = std::array<Real, n>;
using Exacts = std::array<Exact, n>;

/// A group, the gradients of its results (of its one result: the first), and those of the first derivatives.
struct Group {
  Reals x, dy, u;
  std::size_t label;
  Real smallest;  ///< normal number of the format, which the errors of small numbers are relative to
  Real largest;
};

using Axis = std::int64_t;

struct Function {
  std::string_view name;
  Var (*function)(const Var& x, Axis axis);  ///< the groups lie along the axis
  bool folds;                                ///< one result for a group, or one for each number
  bool columns_only;
  Exacts (*first)(const Group&);
  Exacts (*second)(const Group&);
  double worst = 4;  ///< ulp of the terms
};

template <class F>
Exacts for_all(F f) {
  Exacts result;
  for (std::size_t i = 0; i < n; ++i) result[i] = f(i);
  return result;
}

template <class F>
Exact total(F f) {
  Exact sum;
  for (std::size_t i = 0; i < n; ++i) sum = sum + f(i);
  return sum;
}

inline Exacts zeros(const Group&) { return {}; }

inline Exact sum_of(const Reals& a) {
  return total([&](std::size_t i) { return Exact{a[i]}; });
}

inline Tensor in(const Reals& x, DType dtype) {
  std::vector<double> numbers;
  for (const Real number : x) numbers.push_back(static_cast<double>(number));
  return tensor_of(numbers).cast(dtype);
}

template <class T>
using Numbers4 = std::array<T, n>;

/// `usual` with every number of the grid at each of the first `places`: alone, twice, beside its opposite, and among zeros;
/// and its opposite among many of it.
template <class T>
std::vector<Numbers4<T>> with_specials(const Numbers4<T>& usual, std::size_t places = n) {
  std::vector<Numbers4<T>> all{usual};
  for (std::size_t k = 0; k < places; ++k) {
    for (const T special : grid<T>()) {
      Numbers4<T> alone = usual, twice = usual, opposed = usual, among_zeros{}, among_many;
      among_many.fill(special);
      alone[k] = twice[k] = opposed[k] = among_zeros[k] = special;
      twice[(k + 1) % n] = special;
      opposed[(k + 1) % n] = among_many[k] = -special;
      all.insert(all.end(), {alone, twice, opposed, among_zeros, among_many});
    }
  }
  return all;
}

template <class T>
inline constexpr Numbers4<T> usual_x{T(0.5), T(-1.25), T(2), T(0.75)};
template <class T>
inline constexpr Numbers4<T> usual_dy{T(1), T(-0.5), T(2), T(0.25)};
template <class T>
inline constexpr Numbers4<T> usual_u{T(0.5), T(1), T(-2), T(0.25)};

/// Groups side by side as the columns of a tensor, or as its rows.
template <class T>
Tensor tensor_of_groups(const std::vector<Numbers4<T>>& groups, Axis axis) {
  const auto m = static_cast<std::int64_t>(groups.size());
  std::vector<T> rows;
  for (const Numbers4<T>& group : groups) rows.insert(rows.end(), group.begin(), group.end());
  const Tensor by_rows = tensor_of(rows).reshape({m, n});
  return axis == 1 ? by_rows : by_rows.transpose().copy();
}

template <class T>
Tensor firsts(const std::vector<Numbers4<T>>& groups) {
  std::vector<T> numbers;
  for (const Numbers4<T>& group : groups) numbers.push_back(group[0]);
  return tensor_of(numbers);
}

template <class T>
class Check {
 public:
  Check(const Function& f, const std::vector<Numbers4<T>>& xs, const std::vector<Numbers4<T>>& dys) : f_{f} {
    for (const auto& x : xs) {
      for (const auto& dy : dys) {
        x_.push_back(x);
        dy_.push_back(dy);
      }
    }
  }

  void run(Axis axis, bool second) const {
    Tape tape;
    const Var x = tape.variable(tensor_of_groups(x_, axis));
    Var dx = gradient(sum(f_.function(x, axis) * (f_.folds ? firsts(dy_) : tensor_of_groups(dy_, axis))), x);
    if (second) {
      const std::vector<Numbers4<T>> u(x_.size(), usual_u<T>);
      dx = gradient(sum(dx * tensor_of_groups(u, axis)), x);
    }
    compare(axis == 1 ? dx.value() : dx.value().transpose().copy(), second);
  }

 private:
  void compare(const Tensor& rows, bool second) const {
    const auto got = rows.data<T>();
    int failures = 0;
    for (std::size_t i = 0; i < x_.size(); ++i) {
      const Group g = group(i);
      const Exacts exact = second ? f_.second(g) : f_.first(g);
      for (std::size_t k = 0; k < n && failures < 10; ++k) {
        const T smallest = second ? std::numeric_limits<T>::min() : 0;
        if (is_rounded(got[i * n + k], exact[k], (second ? 3 : 1) * f_.worst, smallest)) continue;
        ++failures;
        UNSCOPED_INFO(f_.name << (second ? ", second order" : "") << ", x " << text(x_[i]) << ", dy " << text(dy_[i])
                              << ", element " << k << ": got " << got[i * n + k] << ", right is " << exact[k].value);
        CHECK(false);
      }
    }
  }
  static std::string text(const Numbers4<T>& x) { return fmt::format("({})", fmt::join(x, ", ")); }

  Group group(std::size_t i) const {
    Group g{{}, {}, {}, i % n, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
    for (std::size_t k = 0; k < n; ++k) {
      g.x[k] = x_[i][k];
      g.dy[k] = dy_[i][k];
      g.u[k] = usual_u<T>[k];
    }
    return g;
  }

  const Function& f_;
  std::vector<Numbers4<T>> x_, dy_;
};

/// Gradients of results: for one result the grid, for several the usual ones with specials.
template <class T>
std::vector<Numbers4<T>> gradients_for(const Function& f) {
  if (!f.folds) return with_specials(usual_dy<T>, 1);
  std::vector<Numbers4<T>> all;
  for (const T special : grid<T>()) all.push_back({special});
  return all;
}

/// Products of gradients are made before they meet the derivative, and so these are not at the ends of the format.
template <class T>
std::vector<Numbers4<T>> usual_gradients() {
  std::vector<Numbers4<T>> all{usual_dy<T>, {}};
  for (std::size_t k = 0; k < n; ++k) {
    all.push_back(usual_dy<T>);
    all.back()[k] = 0;
  }
  return all;
}

/// Checks the first or the second derivatives of every function, for groups along columns and rows.
template <class T>
void check_all(const std::vector<Function>& functions, bool second) {
  for (const Function& f : functions) {
    const Check<T> check{f, with_specials(usual_x<T>), second ? usual_gradients<T>() : gradients_for<T>(f)};
    for (const Axis axis : {0, 1}) {
      INFO("along axis " << axis << " in " << name_of(dtype_of<T>()));
      if (axis == 0 || !f.columns_only) check.run(axis, second);
    }
  }
}

}  // namespace capstan::groups
