// Scale: from numbers to places along one axis of a diagram, linear or logarithmic, and the ticks that stand there.
#pragma once

#include <string>
#include <vector>

namespace examples {

struct Tick {
  double value;
  std::string text;
};

class Scale {
 public:
  /// Numbers low … high go to places from … to. A range that is empty or not finite is widened to one that can be
  /// drawn.
  Scale(double low, double high, double from, double to, bool logarithmic);

  double low() const noexcept { return low_; }
  double high() const noexcept { return high_; }
  /// Whether a number has a place at all: it is finite, and above 0 on a logarithmic axis.
  bool has(double value) const noexcept;
  double place(double value) const noexcept;
  /// Round numbers between low and high: about `wanted` of them, or the powers of ten on a logarithmic axis.
  std::vector<Tick> ticks(int wanted) const;

 private:
  double low_, high_, from_, to_;
  bool logarithmic_;
};

}  // namespace examples
