// Windows overlap: two of a view's elements may be one in memory. Plans read them where they lie, write nothing through
// them, and lay no result over the memory beneath them while it is read.
#include <functional>
#include <string>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/ops/activations.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/elementwise.hpp>
#include <capstan/ops/images.hpp>
#include <capstan/ops/matmul.hpp>
#include <capstan/ops/pooling.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/ops/windows.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "counting_new.hpp"
#include "same_bits.hpp"
#include "window_loops.hpp"

using namespace capstan;

namespace {

using Function = std::function<std::vector<Var>(const Var& x, const Var& w)>;

const WindowsOptions pairs_of_threes{.axes = {0}, .size = {3}, .stride = {2}};  // (6) as (2, 3), one element in both

/// All that the function makes is the same, planned together with its gradients or node by node.
void check_planned(const Function& f, const Tensor& x, const Tensor& w) {
  std::vector<Tensor> results[2];
  for (const bool eager : {false, true}) {
    Tape tape{{.eager = eager}};
    const Var a = tape.variable(x), b = tape.variable(w);
    const std::vector<Var> made = f(a, b);
    Var total = sum(square(made[0]));
    for (std::size_t i = 1; i < made.size(); ++i) total = total + sum(square(made[i]));
    const Var da = gradient(total, a), db = gradient(total, b);
    for (const Var& v : {da, db}) results[eager].push_back(v.value());
    for (const Var& v : made) results[eager].push_back(v.value());
  }
  for (std::size_t i = 0; i < results[0].size(); ++i) {
    INFO("result " << i);
    REQUIRE(same_bits(results[0][i], results[1][i]));
  }
}

}  // namespace

TEST_CASE("no result of a group is laid over the memory that windows are read from") {
  Rng rng{1};
  const Tensor x = Tensor::normal({6}, rng), w = Tensor::normal({2, 3}, rng);
  // The result has as many elements as the memory beneath, and the group is the last to read that.
  check_planned(
      [](const Var& a, const Var&) {
        const Var seen = windows(exp(a), pairs_of_threes);
        return std::vector<Var>{seen * seen + 1};
      },
      x, w);
  check_planned(
      [](const Var& a, const Var& b) {
        const Var beneath = exp(a);
        const Var seen = windows(beneath, pairs_of_threes);
        return std::vector<Var>{seen * b, reshape(beneath, {2, 3}) * seen, tanh(beneath)};
      },
      x, w);
  const Tensor large = Tensor::normal({3000, 6}, rng), row = Tensor::normal({3000, 2, 3}, rng);
  check_planned(
      [](const Var& a, const Var& b) {
        const Var seen = windows(tanh(a), {.axes = {1}, .size = {3}, .stride = {2}});
        return std::vector<Var>{tanh(seen) * b};
      },
      large, row);
}

TEST_CASE("no product is added to windows in the memory beneath them") {
  Rng rng{2};
  const Tensor x = Tensor::normal({6, 2}, rng), w = Tensor::normal({2, 3}, rng);
  check_planned(
      [](const Var& a, const Var& b) {
        const Var seen = windows(matmul(a, b), {.axes = {0}, .size = {3}, .stride = {2}});  // (2, 3, 3)
        const Var first = reshape(slice(seen, {.stop = 1}), {3, 3});
        const Var product = matmul(slice(a, {.stop = 3}), b);
        return std::vector<Var>{first + product, reshape(slice(seen, {.start = 1}), {3, 3}) + product};
      },
      x, w);
  check_planned(
      [](const Var& a, const Var& b) {
        const Var seen = windows(reshape(tanh(b), {6}), {.axes = {0}, .size = {3}});  // (4, 3), in the memory of 6
        return std::vector<Var>{seen + matmul(slice(a, {.stop = 4}), b)};
      },
      x, w);
}

TEST_CASE("products, reductions, copies and gradients read windows as they lie") {
  Rng rng{3};
  const Tensor x = Tensor::normal({2, 3, 9, 8}, rng), w = Tensor::normal({4, 27}, rng);
  check_planned(
      [](const Var& a, const Var& b) {
        const Var seen = windows(tanh(a), {.axes = {2, 3}, .size = {3, 3}, .stride = {2, 1}});  // (2, 3, 4, 6, 3, 3)
        const Var columns = reshape(transpose(seen, {1, 4, 5, 0, 2, 3}), {27, -1});
        return std::vector<Var>{matmul(b, columns), sum(seen, {.axes = {-1, -2}}), max(seen, {.axes = {4, 5}}), seen,
                                transpose(seen, {5, 4, 3, 2, 1, 0})};
      },
      x, w);
  check_planned(
      [](const Var& a, const Var& b) {
        const Var seen = windows(a, {.axes = {3}, .size = {2}, .stride = {3}, .dilation = {4}});
        return std::vector<Var>{
            windows(seen, {.axes = {2}, .size = {4}}),
            sum(b) * fold_windows(windows(a, {.axes = {2}, .size = {4}}), {.axes = {2}, .extents = {9}})};
      },
      x, w);
}

TEST_CASE("windows of a leaf do not write to the user's tensor") {
  Rng rng{4};
  const Tensor x = Tensor::normal({6}, rng), before = x.copy();
  Tape tape;
  const Var v = tape.variable(x);
  const Var y = sum(square(windows(v, pairs_of_threes) + 1));
  tape.backward(y);
  REQUIRE(same_bits(x, before));
}

TEST_CASE(
    "a repeated step with windows, padding, pooling and other sizes allocates nothing from its third repetition on") {
  Rng rng{5};
  const Tensor images = Tensor::normal({2 * 9 * 10, 3}, rng);
  Parameter w{"w", Tensor::normal({3, 2, 9, 10}, rng)};
  Tape tape;
  const auto step = [&] {
    tape.rewind();
    const Var x = unflatten(tape.constant(images), {2, 9, 10}) * w;
    const Var a = max_pool2d(pad(x, {.axes = {2, 3}, .before = {1, 0}, .mode = PadMode::reflect}), {.kernel = {2, 2}});
    const Var b = avg_pool2d(x, {.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}});
    const Var c = resize(pad(b, {.axes = {3}, .after = {2}}), {.size = {5, 5}, .mode = ResizeMode::bilinear});
    const Var d = sum(windows(adaptive_max_pool2d(x, {.size = {4, 3}}), {.axes = {2}, .size = {2}}), {.axis = -1});
    const Var cost = sum(square(flatten(a))) + sum(square(c)) + sum(square(d)) + sum(global_avg_pool(x));
    return tape.backward(cost).contains(w);
  };
  step();
  step();
  for (int i = 0; i < 20; ++i) {
    const std::uint64_t before = counting_new::calls();
    const bool contains = step();
    const std::uint64_t calls = counting_new::calls() - before;
    REQUIRE(contains);
    REQUIRE(calls == 0);
  }
}
