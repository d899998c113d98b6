// The table's operations on images: windows, padding, pooling, other sizes.
#include <vector>

#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/images.hpp>
#include <capstan/ops/pooling.hpp>
#include <capstan/ops/windows.hpp>

#include "sample.hpp"

namespace samples {

using namespace capstan;

namespace {

const Numbers any = between(-2, 2);

// Squared, so that the second derivative is not 0, and so that what is computed of a view is seen.
std::vector<Sample> windowed() {
  return {
      {"windows", {{any, {6}}}, [](In x) { return square(windows(x[0], {.axes = {0}, .size = {3}})); }},
      {"windows",
       {{any, {2, 5, 6}}},
       [](In x) {
         return square(windows(x[0], {.axes = {1, -1}, .size = {3, 2}, .stride = {1, 2}, .dilation = {2, 3}}));
       }},
      {"windows",
       {{any, {5, 3}}},
       [](In x) { return square(windows(x[0], {.axes = {0}, .size = {2}, .stride = {3}})); }},
      {"windows", {{any, {0, 4}}}, [](In x) { return windows(x[0], {.axes = {1}, .size = {2}}); }},
      {"fold_windows", {{any, {4, 3}}}, [](In x) { return square(fold_windows(x[0], {.axes = {0}, .extents = {6}})); }},
      {"fold_windows",
       {{any, {2, 2, 2, 3, 2}}},
       [](In x) {
         return square(fold_windows(x[0], {.axes = {1, -1}, .extents = {6, 7}, .stride = {1, 2}, .dilation = {2, 3}}));
       }},
      {"fold_windows", {{any, {0, 3, 2}}}, [](In x) { return fold_windows(x[0], {.axes = {1}, .extents = {4}}); }},
      {"pad",
       {{any, {2, 3}}},
       [](In x) { return square(pad(x[0], {.before = {1, 0}, .after = {2, 1}, .value = 0.5})); }},
      {"pad",
       {{any, {4}}},
       [](In x) { return square(pad(x[0], {.before = {3}, .after = {2}, .mode = PadMode::reflect})); }},
      {"pad",
       {{any, {2, 3, 4}}},
       [](In x) {
         return square(pad(x[0], {.axes = {-1, 1}, .before = {1, 2}, .after = {3, 2}, .mode = PadMode::reflect}));
       }},
      {"pad",
       {{any, {2, 3, 1}}},
       [](In x) {
         return square(pad(x[0], {.axes = {1, 2}, .before = {1, 2}, .after = {3, 2}, .mode = PadMode::edge}));
       }},
      {"pad", {{any, {0, 3}}}, [](In x) { return pad(x[0], {.after = {0, 2}, .mode = PadMode::edge}); }},
      {"pad", {{any, {}}}, [](In x) { return square(pad(x[0], {})); }},
  };
}

std::vector<Sample> max_pools() {
  return {
      {"max_pool1d", {{apart(), {2, 2, 7}}}, [](In x) { return square(max_pool1d(x[0], {.kernel = {2}})); }},
      {"max_pool2d", {{apart(), {2, 2, 4, 6}}}, [](In x) { return square(max_pool2d(x[0], {.kernel = {2, 2}})); }},
      {"max_pool2d",
       {{apart(), {1, 2, 5, 6}}},
       [](In x) { return square(max_pool2d(x[0], {.kernel = {3, 3}, .stride = {2, 1}, .padding = {1, 1}})); }},
      {"max_pool2d", {{apart(), {0, 2, 4, 4}}}, [](In x) { return max_pool2d(x[0], {.kernel = {2, 2}}); }},
      {"max_pool3d",
       {{apart(), {1, 2, 3, 4, 4}}},
       [](In x) { return square(max_pool3d(x[0], {.kernel = {2, 3, 2}, .stride = {1, 1, 2}})); }},
      {"adaptive_max_pool1d",
       {{apart(), {2, 1, 7}}},
       [](In x) { return square(adaptive_max_pool1d(x[0], {.size = {3}})); }},
      {"adaptive_max_pool2d",
       {{apart(), {1, 2, 5, 6}}},
       [](In x) { return square(adaptive_max_pool2d(x[0], {.size = {3, 4}})); }},
      {"adaptive_max_pool2d",
       {{apart(), {1, 2, 4, 6}}},
       [](In x) { return square(adaptive_max_pool2d(x[0], {.size = {2, 3}})); }},
      {"adaptive_max_pool3d",
       {{apart(), {1, 1, 3, 4, 5}}},
       [](In x) { return square(adaptive_max_pool3d(x[0], {.size = {2, 3, 2}})); }},
      {"global_max_pool", {{apart(), {2, 3, 4, 3}}}, [](In x) { return square(global_max_pool(x[0])); }},
  };
}

std::vector<Sample> average_pools() {
  return {
      {"avg_pool1d", {{any, {2, 2, 7}}}, [](In x) { return square(avg_pool1d(x[0], {.kernel = {2}})); }},
      {"avg_pool2d", {{any, {2, 2, 4, 6}}}, [](In x) { return square(avg_pool2d(x[0], {.kernel = {2, 2}})); }},
      {"avg_pool2d",
       {{any, {1, 2, 5, 6}}},
       [](In x) { return square(avg_pool2d(x[0], {.kernel = {3, 3}, .stride = {2, 1}, .padding = {1, 1}})); }},
      {"avg_pool2d",
       {{any, {1, 2, 5, 6}}},
       [](In x) {
         return square(
             avg_pool2d(x[0], {.kernel = {2, 3}, .stride = {2, 1}, .padding = {1, 1}, .count_include_pad = false}));
       }},
      {"avg_pool2d", {{any, {2, 0, 4, 4}}}, [](In x) { return avg_pool2d(x[0], {.kernel = {2, 2}}); }},
      {"avg_pool3d",
       {{any, {1, 2, 3, 4, 4}}},
       [](In x) { return square(avg_pool3d(x[0], {.kernel = {2, 3, 2}, .stride = {1, 1, 2}})); }},
      {"adaptive_avg_pool1d",
       {{any, {2, 1, 7}}},
       [](In x) { return square(adaptive_avg_pool1d(x[0], {.size = {3}})); }},
      {"adaptive_avg_pool2d",
       {{any, {1, 2, 5, 6}}},
       [](In x) { return square(adaptive_avg_pool2d(x[0], {.size = {3, 4}})); }},
      {"adaptive_avg_pool2d",
       {{any, {1, 2, 4, 6}}},
       [](In x) { return square(adaptive_avg_pool2d(x[0], {.size = {2, 3}})); }},
      {"adaptive_avg_pool3d",
       {{any, {1, 1, 3, 4, 5}}},
       [](In x) { return square(adaptive_avg_pool3d(x[0], {.size = {2, 3, 2}})); }},
      {"global_avg_pool", {{any, {2, 3, 4, 3}}}, [](In x) { return square(global_avg_pool(x[0])); }},
  };
}

std::vector<Sample> sizes() {
  return {
      {"flatten", {{any, {3, 2, 2, 2}}}, [](In x) { return square(flatten(x[0])); }},
      {"flatten", {{any, {0, 2, 2}}}, [](In x) { return flatten(x[0]); }},
      {"unflatten", {{any, {12, 3}}}, [](In x) { return square(unflatten(x[0], {2, 3, 2})); }},
      {"resize", {{any, {1, 2, 3, 4}}}, [](In x) { return square(resize(x[0], {.size = {5, 3}})); }},
      {"resize", {{any, {2, 1, 3, 4}}}, [](In x) { return square(resize(x[0], {.scale = {2, 0.5}})); }},
      {"resize",
       {{any, {1, 2, 3, 4}}},
       [](In x) { return square(resize(x[0], {.size = {5, 7}, .mode = ResizeMode::bilinear})); }},
      {"resize",
       {{any, {1, 2, 5, 4}}},
       [](In x) { return square(resize(x[0], {.scale = {0.5, 1.6}, .mode = ResizeMode::bilinear})); }},
      {"resize",
       {{any, {1, 2, 3, 4}}},
       [](In x) {
         return square(resize(x[0], {.size = {5, 2}, .mode = ResizeMode::bilinear, .align_corners = true}));
       }},
      {"resize", {{any, {0, 2, 3, 4}}}, [](In x) { return resize(x[0], {.size = {2, 2}}); }},
  };
}

}  // namespace

const std::vector<Sample>& images() {
  static const std::vector<Sample> lines = [] {
    std::vector<Sample> all;
    for (const auto& part : {windowed(), max_pools(), average_pools(), sizes()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return lines;
}

}  // namespace samples
