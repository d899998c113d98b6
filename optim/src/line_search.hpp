// A search along a line for a point that satisfies the strong Wolfe conditions.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace capstan::optim {

/// What is known at a step length: the cost, its slope along the line, and its gradient.
struct LinePoint {
  double t = 0.0;
  double cost = 0.0;
  double slope = 0.0;
  std::vector<double> gradient;
};

/// Fills in what is to be known at point.t.
using EvaluateLine = std::function<void(LinePoint& point)>;

/// Looks for a step length at which the cost is lower by enough – by 1e-4 of what the slope at the start promises – and the slope
/// is at most 0.9 of that at the start, beginning with `t`; at most 25 times. The lowest cost that was found wins where there
/// is no such point. `largest_move` is the largest element of the direction: an interval that moves no parameter by more
/// than 1e-9 is not cut further.
///
/// Source    Nocedal, Wright, Numerical Optimization, 2nd ed. (2006), algorithms 3.5 and 3.6, with their cubic interpolation;
///           the safeguards are those of torch.optim.LBFGS (1.13).
LinePoint search_line(const LinePoint& start, double t, double largest_move, const EvaluateLine& evaluate);

}  // namespace capstan::optim
