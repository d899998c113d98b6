// The table's convolutions: their lines say shapes.
#include <vector>

#include <capstan/ops/convolution.hpp>

#include "sample.hpp"

namespace samples {

using namespace capstan;

namespace {

std::vector<Sample> plain() {
  const Numbers any = between(-1, 1);
  return {
      {"conv1d", {{any, {2, 3, 7}}, {any, {4, 3, 3}}, {any, {4}}}, [](In x) { return conv1d(x[0], x[1], x[2]); }},
      {"conv1d",
       {{any, {2, 4, 6}}, {any, {2, 2, 2}}},
       [](In x) { return conv1d(x[0], x[1], {.stride = 2, .padding = 1, .dilation = 3, .groups = 2}); }},
      {"conv1d", {{any, {1, 2, 5}}, {any, {2, 2, 4}}}, [](In x) { return conv1d(x[0], x[1], {.padding = same}); }},
      {"conv1d", {{any, {0, 2, 5}}, {any, {2, 2, 3}}}, [](In x) { return conv1d(x[0], x[1]); }},
      {"conv2d",
       {{any, {2, 2, 5, 4}}, {any, {3, 2, 3, 2}}, {any, {3}}},
       [](In x) { return conv2d(x[0], x[1], x[2], {.padding = {1, 0}}); }},
      {"conv2d",
       {{any, {2, 3, 6, 5}}, {any, {3, 1, 3, 3}}},
       [](In x) { return conv2d(x[0], x[1], {.stride = 2, .padding = 1, .groups = 3}); }},
      {"conv2d", {{any, {1, 3, 4, 4}}, {any, {5, 3, 1, 1}}}, [](In x) { return conv2d(x[0], x[1]); }},
      {"conv2d",
       {{any, {1, 1, 4, 5}}, {any, {2, 1, 2, 3}}},
       [](In x) { return conv2d(x[0], x[1], {.padding = same, .dilation = {2, 1}}); }},
      {"conv2d", {{any, {1, 1, 1, 1}}, {any, {1, 1, 3, 3}}}, [](In x) { return conv2d(x[0], x[1], {.padding = 1}); }},
      {"conv3d",
       {{any, {1, 2, 3, 4, 3}}, {any, {2, 2, 2, 3, 2}}, {any, {2}}},
       [](In x) { return conv3d(x[0], x[1], x[2], {.stride = {1, 2, 1}, .padding = {1, 1, 0}}); }},
      {"conv3d",
       {{any, {2, 2, 2, 3, 2}}, {any, {2, 1, 1, 2, 2}}},
       [](In x) { return conv3d(x[0], x[1], {.groups = 2}); }},
  };
}

std::vector<Sample> transposes() {
  const Numbers any = between(-1, 1);
  return {
      {"conv_transpose1d",
       {{any, {2, 3, 4}}, {any, {3, 2, 3}}, {any, {2}}},
       [](In x) { return conv_transpose1d(x[0], x[1], x[2], {.stride = 2, .padding = 1, .output_padding = 1}); }},
      {"conv_transpose1d", {{any, {0, 3, 4}}, {any, {3, 2, 3}}}, [](In x) { return conv_transpose1d(x[0], x[1]); }},
      {"conv_transpose2d",
       {{any, {2, 2, 3, 2}}, {any, {2, 3, 2, 2}}, {any, {3}}},
       [](In x) { return conv_transpose2d(x[0], x[1], x[2], {.stride = {2, 1}}); }},
      {"conv_transpose2d",
       {{any, {1, 4, 2, 3}}, {any, {4, 1, 3, 2}}},
       [](In x) {
         return conv_transpose2d(x[0], x[1], {.stride = 3, .padding = {1, 0}, .output_padding = {2, 1}, .groups = 2});
       }},
      {"conv_transpose2d",
       {{any, {1, 1, 3, 3}}, {any, {1, 2, 2, 2}}},
       [](In x) { return conv_transpose2d(x[0], x[1], {.dilation = 2}); }},
      {"conv_transpose3d",
       {{any, {1, 2, 2, 2, 3}}, {any, {2, 1, 2, 1, 2}}, {any, {1}}},
       [](In x) { return conv_transpose3d(x[0], x[1], x[2], {.stride = {1, 2, 1}, .padding = {1, 0, 0}}); }},
  };
}

}  // namespace

const std::vector<Sample>& convolutions() {
  static const std::vector<Sample> lines = [] {
    std::vector<Sample> all = plain();
    const std::vector<Sample> more = transposes();
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }();
  return lines;
}

}  // namespace samples
