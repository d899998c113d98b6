// The convolutions that the benchmark measures, and what may be needed of oneDNN's time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <capstan/kernels/window/convolution.hpp>

namespace bench {

/// What is allowed: of oneDNN in layouts of its own choice, and on plain row-major data.
struct Allowed {
  double blocked, plain;
};

/// A convolution of images, which are square, or of signals.
struct Convolution {
  std::string name;
  std::int64_t examples, inputs, outputs, size, kernel;
  std::int64_t stride = 1, padding = 0, groups = 1;
  bool is_signal = false;

  std::int64_t out() const { return (size + 2 * padding - kernel) / stride + 1; }
  double operations() const {
    const auto across = [this](std::int64_t n) { return static_cast<double>(is_signal ? n : n * n); };
    return 2.0 * static_cast<double>(examples * outputs * inputs / groups) * across(out()) * across(kernel);
  }
  capstan::kernels::ConvolutionShape shape() const {
    capstan::kernels::ConvolutionShape s{
        .examples = examples, .groups = groups, .inputs = inputs / groups, .outputs = outputs / groups};
    s.axes[2] = {size, out(), kernel, stride, 1, padding};
    if (!is_signal) s.axes[0] = s.axes[2];
    return s;
  }
  Allowed allowed(bool weights) const {
    if (groups > 1) return {2.0, 0.6};
    if (kernel == 1) return {1.25, 1.2};
    if (weights) return {1.1, 1.0};
    return {size >= 16 ? 1.15 : 1.3, 1.0};
  }
};

inline std::vector<Convolution> convolutions() {
  return {{"LeNet 1→6, 5×5, 28²", 64, 1, 6, 28, 5, 1, 2},
          {"LeNet 6→16, 5×5, 14²", 64, 6, 16, 14, 5},
          {"1→32, 3×3, 28²", 64, 1, 32, 28, 3, 1, 1},
          {"32→64, 3×3, 14²", 64, 32, 64, 14, 3, 1, 1},
          {"64→128, 3×3, 7²", 64, 64, 128, 7, 3, 1, 1},
          {"64→64, 3×3, 32²", 32, 64, 64, 32, 3, 1, 1},
          {"128→128, 3×3, 16²", 32, 128, 128, 16, 3, 1, 1},
          {"64→128, 3×3, stride 2, 32²", 32, 64, 128, 32, 3, 2, 1},
          {"64→256, 1×1, 32²", 32, 64, 256, 32, 1},
          {"80→128, 3, length 200", 16, 80, 128, 200, 3, 1, 1, 1, true},
          {"depthwise 64, 3×3, 28²", 32, 64, 64, 28, 3, 1, 1, 64},
          {"3→64, 7×7, stride 2, 224²", 4, 3, 64, 224, 7, 2, 3},
          // Others, of which none was in mind when the ways were chosen.
          {"16→16, 3×3, 32²", 64, 16, 16, 32, 3, 1, 1},
          {"24→40, 3×3, 20²", 32, 24, 40, 20, 3, 1, 1},
          {"8→12, 3×3, 28²", 64, 8, 12, 28, 3, 1, 1},
          {"256→256, 3×3, 14²", 16, 256, 256, 14, 3, 1, 1},
          {"depthwise 32, 5×5, stride 2, 28²", 32, 32, 32, 28, 5, 2, 2, 32}};
}

}  // namespace bench
