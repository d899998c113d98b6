#include "support/svg_scale.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

namespace examples {
namespace {

// 1, 2 or 5 times a power of ten: the first that cuts the span into no more than `wanted` pieces.
double round_step(double span, int wanted) {
  const double rough = span / wanted;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) return factor * power;
  }
  return 10.0 * power;
}

std::string number(double value) {
  std::string text = fmt::format("{:.6g}", value + 0.0);  // −0 becomes 0
  if (text.front() == '-') text.replace(0, 1, "−");
  return text;
}

std::vector<Tick> linear_ticks(double low, double high, int wanted) {
  const double step = round_step(high - low, wanted);
  const double first = std::ceil(low / step - 1e-9);
  const auto count = static_cast<int>(std::floor(high / step + 1e-9) - first) + 1;
  std::vector<Tick> ticks;
  ticks.reserve(static_cast<std::size_t>(std::max(count, 0)));
  for (int k = 0; k < count; ++k) ticks.push_back({(first + k) * step, number((first + k) * step)});
  return ticks;
}

// Powers of ten; on an axis that spans less than two of them, 2 and 5 times those as well.
std::vector<Tick> logarithmic_ticks(double low, double high) {
  const bool wide = std::log10(high / low) >= 2.0;
  const int every = std::max(1, static_cast<int>(std::log10(high / low) / 8.0));
  std::vector<Tick> ticks;
  const int last = static_cast<int>(std::floor(std::log10(high) + 1e-9));
  for (int k = static_cast<int>(std::floor(std::log10(low))); k <= last; k += every) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double value = factor * std::pow(10.0, k);
      if (wide && factor > 1.0) break;
      if (value >= low * (1.0 - 1e-9) && value <= high * (1.0 + 1e-9)) ticks.push_back({value, number(value)});
    }
  }
  return ticks;
}

}  // namespace

Scale::Scale(double low, double high, double from, double to, bool logarithmic)
    : low_{low}, high_{high}, from_{from}, to_{to}, logarithmic_{logarithmic} {
  if (!has(low_) || !has(high_) || low_ > high_) {
    low_ = logarithmic ? 1.0 : 0.0;
    high_ = logarithmic ? 10.0 : 1.0;
  }
  const bool flat = logarithmic ? high_ / low_ < 1.0 + 1e-9 : high_ - low_ <= 1e-9 * std::abs(high_);
  if (!flat) return;
  const double margin = low_ == 0.0 ? 1.0 : std::abs(low_) * 0.5;
  low_ = logarithmic ? low_ / 2.0 : low_ - margin;
  high_ = logarithmic ? high_ * 2.0 : high_ + margin;
}

bool Scale::has(double value) const noexcept { return std::isfinite(value) && (!logarithmic_ || value > 0.0); }

double Scale::place(double value) const noexcept {
  const double part = logarithmic_ ? std::log(value / low_) / std::log(high_ / low_) : (value - low_) / (high_ - low_);
  return from_ + part * (to_ - from_);
}

std::vector<Tick> Scale::ticks(int wanted) const {
  return logarithmic_ ? logarithmic_ticks(low_, high_) : linear_ticks(low_, high_, wanted);
}

}  // namespace examples
