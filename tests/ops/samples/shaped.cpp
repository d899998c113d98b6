// The table's operations that are not elementwise: their lines say shapes.
#include <vector>

#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/concatenate.hpp>
#include <capstan/ops/matmul.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/softmax.hpp>
#include <capstan/ops/views.hpp>

#include "sample.hpp"

namespace samples {

using namespace capstan;

namespace {

std::vector<Sample> products() {
  const auto product = [](In x) { return matmul(x[0], x[1]); };
  const Numbers any = between(-2, 2);
  return {
      {"matmul", {{any, {3, 4}}, {any, {4, 2}}}, product},
      {"matmul", {{any, {1, 4}}, {any, {4, 1}}}, product},
      {"matmul", {{any, {3, 1}}, {any, {1, 2}}}, product},
      {"matmul", {{any, {4}}, {any, {4, 2}}}, product},
      {"matmul", {{any, {3, 4}}, {any, {4}}}, product},
      {"matmul", {{any, {4}}, {any, {4}}}, product},
      {"matmul", {{any, {2, 3, 4}}, {any, {2, 4, 2}}}, product},
      {"matmul", {{any, {2, 1, 3, 4}}, {any, {3, 4, 2}}}, product},
      {"matmul", {{any, {2, 3, 4}}, {any, {4}}}, product},
      {"matmul", {{any, {0, 4}}, {any, {4, 2}}}, product},
      {"matmul", {{any, {3, 0}}, {any, {0, 2}}}, product},
      {"matmul", {{any, {3, 4}}, {any, {4, 3}}}, [](In x) { return matmul(transpose(x[1]), transpose(x[0])); }},
      {"matmul", {{any, {9, 9}}}, [](In x) { return matmul(x[0], transpose(x[0])); }},
  };
}

std::vector<Sample> reductions() {
  const Numbers any = between(-2, 2);
  return {
      {"sum", {{any, {3, 4}}}, [](In x) { return sum(x[0]); }},
      {"sum", {{any, {3, 4}}}, [](In x) { return sum(x[0], {.axis = 0}); }},
      {"sum", {{any, {2, 3, 4}}}, [](In x) { return sum(x[0], {.axis = -2, .keepdims = true}); }},
      {"sum", {{any, {2, 3, 4}}}, [](In x) { return sum(x[0], {.axes = {0, -1}}); }},
      {"sum", {{any, {0, 4}}}, [](In x) { return sum(x[0], {.axis = 0}); }},
      {"sum", {{any, {}}}, [](In x) { return sum(x[0]); }},
      {"mean", {{any, {3, 4}}}, [](In x) { return mean(x[0]); }},
      {"mean", {{any, {2, 3, 4}}}, [](In x) { return mean(x[0], {.axes = {-1, 0}, .keepdims = true}); }},
      {"mean", {{any, {0, 4}}}, [](In x) { return mean(x[0], {.axis = 1}); }},
      {"mean", {{any, {1, 1}}}, [](In x) { return mean(x[0], {.axis = -1}); }},
      {"max", {{apart(), {3, 4}}}, [](In x) { return max(x[0]); }},
      {"max", {{apart(), {3, 4}}}, [](In x) { return max(x[0], {.axis = -1}); }},
      {"max", {{apart(), {2, 3, 4}}}, [](In x) { return max(x[0], {.axes = {0, 2}, .keepdims = true}); }},
      {"max", {{apart(), {0, 4}}}, [](In x) { return max(x[0], {.axis = 1}); }},
      {"min", {{apart(), {3, 4}}}, [](In x) { return min(x[0]); }},
      {"min", {{apart(), {2, 3, 4}}}, [](In x) { return min(x[0], {.axis = -3}); }},
      {"variance", {{any, {3, 4}}}, [](In x) { return variance(x[0]); }},
      {"variance", {{any, {3, 4}}}, [](In x) { return variance(x[0], {.axis = -1, .correction = 1}); }},
      {"variance", {{any, {2, 3, 4}}}, [](In x) { return variance(x[0], {.axes = {0, 1}, .keepdims = true}); }},
      {"stddev", {{apart(), {3, 4}}}, [](In x) { return stddev(x[0], {.axis = 1}); }},
      {"sum_to", {{any, {3, 4}}}, [](In x) { return sum_to(x[0], {1, 4}); }},
      {"sum_to", {{any, {2, 3, 4}}}, [](In x) { return sum_to(x[0], {3, 1}); }},
      {"sum_to", {{any, {0, 4}}}, [](In x) { return sum_to(x[0], {1, 4}); }},
  };
}

std::vector<Sample> views() {
  const Numbers any = between(-2, 2);
  // Squared, so that the second derivative is not 0, and so that what is computed of a view is seen.
  return {
      {"transpose", {{any, {3, 4}}}, [](In x) { return square(transpose(x[0])); }},
      {"transpose", {{any, {2, 3, 4}}}, [](In x) { return square(transpose(x[0], {1, -1, 0})); }},
      {"transpose", {{any, {0, 4}}}, [](In x) { return transpose(x[0]); }},
      {"transpose", {{any, {}}}, [](In x) { return square(transpose(x[0])); }},
      {"reshape", {{any, {3, 4}}}, [](In x) { return square(reshape(x[0], {2, -1})); }},
      {"reshape", {{any, {2, 3, 4}}}, [](In x) { return square(reshape(transpose(x[0]), {4, 6})); }},
      {"reshape", {{any, {0, 4}}}, [](In x) { return reshape(x[0], {2, 0}); }},
      {"reshape", {{any, {1, 1}}}, [](In x) { return square(reshape(x[0], Shape{})); }},
      {"slice", {{any, {3, 5}}}, [](In x) { return square(slice(x[0], {.axis = -1, .start = 1, .stop = -1})); }},
      {"slice", {{any, {5, 3}}}, [](In x) { return square(slice(x[0], {.axis = 0, .start = -4, .step = 2})); }},
      {"slice", {{any, {3, 4}}}, [](In x) { return slice(x[0], {.axis = 0, .start = 2, .stop = 2}); }},
      {"slice", {{any, {1, 1}}}, [](In x) { return square(slice(x[0], {.axis = 1})); }},
      {"broadcast_to", {{any, {3, 1}}}, [](In x) { return square(broadcast_to(x[0], {2, 3, 4})); }},
      {"broadcast_to", {{any, {}}}, [](In x) { return square(broadcast_to(x[0], {3, 4})); }},
      {"broadcast_to", {{any, {1, 4}}}, [](In x) { return broadcast_to(x[0], {0, 4}); }},
      {"stop_gradient", {{any, {3, 4}}}, [](In x) { return x[0] + stop_gradient(0 * x[0]); }},
  };
}

std::vector<Sample> joins() {
  const Numbers any = between(-2, 2);
  return {
      {"concatenate", {{any, {3, 4}}, {any, {2, 4}}}, [](In x) { return square(concatenate(x)); }},
      {"concatenate", {{any, {3, 4}}, {any, {3, 1}}}, [](In x) { return square(concatenate(x, {.axis = -1})); }},
      {"concatenate", {{any, {3, 0}}, {any, {3, 2}}}, [](In x) { return square(concatenate(x, {.axis = 1})); }},
      {"concatenate", {{any, {2, 3}}}, [](In x) { return square(concatenate({x[0], -x[0], x[0]})); }},
      {"stack", {{any, {3, 4}}, {any, {3, 4}}}, [](In x) { return square(stack(x, {.axis = 1})); }},
      {"stack", {{any, {}}, {any, {}}}, [](In x) { return square(stack(x)); }},
      {"stack", {{any, {0, 2}}, {any, {0, 2}}}, [](In x) { return stack(x, {.axis = -1}); }},
  };
}

std::vector<Sample> softmaxes() {
  const Numbers any = between(-3, 3);
  return {
      {"softmax", {{any, {4, 3}}}, [](In x) { return softmax(x[0]); }},
      {"softmax", {{any, {2, 3, 4}}}, [](In x) { return softmax(x[0], {.axis = -2}); }},
      {"softmax", {{any, {3, 4}}}, [](In x) { return softmax(x[0], {.axis = 1}); }},
      {"softmax", {{any, {3, 0}}}, [](In x) { return softmax(x[0]); }},
      {"softmax", {{any, {1, 3}}}, [](In x) { return softmax(x[0]); }},
      {"log_softmax", {{any, {4, 3}}}, [](In x) { return log_softmax(x[0]); }},
      {"log_softmax", {{any, {2, 3, 4}}}, [](In x) { return log_softmax(x[0], {.axis = -1}); }},
      {"log_softmax", {{any, {3, 0}}}, [](In x) { return log_softmax(x[0]); }},
      {"log_sum_exp", {{any, {4, 3}}}, [](In x) { return log_sum_exp(x[0]); }},
      {"log_sum_exp", {{any, {2, 3, 4}}}, [](In x) { return log_sum_exp(x[0], {.axis = -2, .keepdims = true}); }},
      {"log_sum_exp", {{any, {3, 0}}}, [](In x) { return log_sum_exp(x[0]); }},
  };
}

}  // namespace

const std::vector<Sample>& shaped() {
  static const std::vector<Sample> lines = [] {
    std::vector<Sample> all;
    for (const auto& part : {products(), reductions(), views(), joins(), softmaxes()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return lines;
}

}  // namespace samples
