#include <capstan/tensor/visit_dtype.hpp>

#include "refold.hpp"

#include <capstan/tensor/squares.hpp>

namespace capstan {

RefoldAxes::RefoldAxes(const Array& x, std::span<const Word> words) {
  const std::uint32_t mask = axes_mask(words.subspan(1), x.shape.rank());
  for (std::size_t i = x.shape.rank(); i-- > 0;) {
    const bool is_folded = (mask >> i & 1u) != 0;
    (is_folded ? folded : kept).push({x.shape[i], {x.strides[i], 0}, is_folded});
  }
}

template <class Visit>
void Refold::visit(Visit visit) const {
  kernels::Walk at{axes_};
  for (std::int64_t i = 0; i < count_; ++i, at.next()) {
    visit(visit_floating(dtype_, [&]<class T>(T) {
      return static_cast<double>(static_cast<const T*>(first_)[at.offset(kernels::of_x)]);
    }));
  }
}

double Refold::mean() const {
  double largest = 0.0, sum = 0.0;
  visit([&](double x) { largest = std::max(largest, std::fabs(x)); });
  const double scale = square_scale(largest);
  visit([&](double x) { sum += x * scale; });
  return sum / static_cast<double>(count_) / scale;
}

Refold::Squares Refold::squares(double centre) const {
  double largest = std::fabs(centre), furthest = 0.0, sum = 0.0;
  visit([&](double x) { largest = std::max(largest, std::fabs(x)); });
  const double scale = largest > 0x1p1020 ? 0x1p-4 : 1.0;  // so that distances are finite
  visit([&](double x) { furthest = std::max(furthest, std::fabs(x * scale - centre * scale)); });
  const double finer = square_scale(furthest);
  visit([&](double x) {
    const double distance = (x * scale - centre * scale) * finer;
    sum += distance * distance;
  });
  return {sum, scale, finer};
}

double Refold::variance(double centre, double divisor) const {
  const auto [sum, scale, finer] = squares(centre);
  return sum / divisor / finer / finer / scale / scale;
}

double Refold::stddev(double centre, double divisor) const {
  const auto [sum, scale, finer] = squares(centre);
  return std::sqrt(sum / divisor) / finer / scale;
}

}  // namespace capstan
