#include "line_search.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace capstan::optim {

namespace {

constexpr double enough_decrease = 1e-4, enough_curvature = 0.9, least_change = 1e-9;
constexpr int most_points = 25;  // beside the first

/// Where the cubic through two points, with their slopes, is least, within bounds; their middle where it has no minimum.
double least_of_cubic(const LinePoint& a, const LinePoint& b, double low, double high) {
  const LinePoint &left = a.t <= b.t ? a : b, &right = a.t <= b.t ? b : a;
  const double width = right.t - left.t;
  const double d1 = left.slope + right.slope - 3.0 * (left.cost - right.cost) / (left.t - right.t);
  const double square = d1 * d1 - left.slope * right.slope;
  if (!(square >= 0.0)) return (low + high) / 2.0;
  const double d2 = std::sqrt(square);
  const double least = right.t - width * ((right.slope + d2 - d1) / (right.slope - left.slope + 2.0 * d2));
  return std::isnan(least) ? (low + high) / 2.0 : std::clamp(least, low, high);
}

class LineSearch {
 public:
  LineSearch(const LinePoint& start, double largest_move, const EvaluateLine& evaluate)
      : start_{start}, largest_move_{largest_move}, evaluate_{evaluate} {}

  LinePoint run(double t) {
    if (!bracket(t)) zoom();
    return std::move(low_);
  }

 private:
  LinePoint at(double t) const {
    LinePoint point{.t = t, .cost = 0.0, .slope = 0.0, .gradient = {}};
    evaluate_(point);
    return point;
  }
  bool is_too_high(const LinePoint& point) const {
    return point.cost > start_.cost + enough_decrease * point.t * start_.slope;
  }
  bool is_flat(const LinePoint& point) const { return std::fabs(point.slope) <= -enough_curvature * start_.slope; }
  void set_bracket(LinePoint a, LinePoint b) {
    const bool ordered = a.cost <= b.cost;
    low_ = ordered ? std::move(a) : std::move(b);
    high_ = ordered ? std::move(b) : std::move(a);
  }

  /// Goes on until an interval holds a point that is looked for. True if one was found right away.
  bool bracket(double t) {
    LinePoint before = start_, now = at(t);
    for (; points_ < most_points; ++points_) {
      const bool rises = points_ > 1 && now.cost >= before.cost;
      if (!is_too_high(now) && !rises && is_flat(now)) {
        low_ = std::move(now);
        return true;
      }
      if (is_too_high(now) || rises || now.slope >= 0.0) {
        set_bracket(std::move(before), std::move(now));
        return false;
      }
      const double next = least_of_cubic(before, now, now.t + 0.01 * (now.t - before.t), now.t * 10.0);
      before = std::move(now);
      now = at(next);
    }
    set_bracket(start_, std::move(now));
    return true;  // there are no more points to spend
  }

  /// Keeps a new point away from the ends of the interval, where two in a row would be close to them.
  double guarded(double t) {
    const double left = std::min(low_.t, high_.t), right = std::max(low_.t, high_.t), margin = 0.1 * (right - left);
    const bool close = std::min(right - t, t - left) < margin;
    const bool moved = close && (was_close_ || t >= right || t <= left);
    was_close_ = close && !moved;
    if (!moved) return t;
    return std::fabs(t - right) < std::fabs(t - left) ? right - margin : left + margin;
  }

  /// Cuts the interval.
  void zoom() {
    while (points_ < most_points && std::fabs(high_.t - low_.t) * largest_move_ >= least_change) {
      const double left = std::min(low_.t, high_.t), right = std::max(low_.t, high_.t);
      LinePoint now = at(guarded(least_of_cubic(low_, high_, left, right)));
      ++points_;
      if (is_too_high(now) || now.cost >= low_.cost) {
        set_bracket(std::move(low_), std::move(now));
        continue;
      }
      const bool found = is_flat(now);
      if (!found && now.slope * (high_.t - low_.t) >= 0.0) high_ = std::move(low_);
      low_ = std::move(now);
      if (found) return;
    }
  }

  const LinePoint& start_;
  double largest_move_;
  const EvaluateLine& evaluate_;
  LinePoint low_, high_;  // the ends of the interval, that of the lower cost first
  int points_ = 0;
  bool was_close_ = false;
};

}  // namespace

LinePoint search_line(const LinePoint& start, double t, double largest_move, const EvaluateLine& evaluate) {
  return LineSearch{start, largest_move, evaluate}.run(t);
}

}  // namespace capstan::optim
