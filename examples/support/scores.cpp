#include "support/scores.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string_view>
#include <vector>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

#include <fmt/core.h>

namespace examples {
namespace {

void check(std::string_view name, const capstan::Tensor& p, const capstan::Tensor& y) {
  if (p.shape() == y.shape()) return;
  throw capstan::ShapeError{
      fmt::format("{}: predictions and y must have the same shape, got {} and {}", name, p.shape(), y.shape())};
}

}  // namespace

double auc(const capstan::Tensor& scores, const capstan::Tensor& y) {
  check("auc", scores, y);
  const capstan::Tensor score_copy = scores.cast(capstan::DType::f64), y_copy = y.cast(capstan::DType::f64);
  const auto score = score_copy.data<double>(), label = y_copy.data<double>();
  if (std::any_of(score.begin(), score.end(), [](double s) { return std::isnan(s); })) return std::nan("");
  std::vector<std::size_t> order(score.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return score[i] < score[j]; });

  double positives = 0.0, rank_sum = 0.0;
  for (std::size_t first = 0, last = 0; first < order.size(); first = last) {
    while (last < order.size() && score[order[last]] == score[order[first]]) ++last;
    const double rank = (static_cast<double>(first + last) + 1.0) / 2.0;  // the mean of the ranks of a tie
    for (std::size_t i = first; i < last; ++i) {
      if (label[order[i]] == 0.0) continue;
      positives += 1.0;
      rank_sum += rank;
    }
  }
  const double negatives = static_cast<double>(order.size()) - positives;
  return (rank_sum - positives * (positives + 1.0) / 2.0) / (positives * negatives);
}

double rmse(const capstan::Tensor& p, const capstan::Tensor& y) {
  check("rmse", p, y);
  const capstan::Tensor p_copy = p.cast(capstan::DType::f64), y_copy = y.cast(capstan::DType::f64);
  const auto predicted = p_copy.data<double>(), wanted = y_copy.data<double>();
  double squares = 0.0;
  for (std::size_t i = 0; i < predicted.size(); ++i) squares += std::pow(predicted[i] - wanted[i], 2);
  return std::sqrt(squares / static_cast<double>(predicted.size()));
}

}  // namespace examples
