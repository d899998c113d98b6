#include <cstdint>

#include <capstan/models/deep_net.hpp>
#include <capstan/optim/sgd.hpp>
#include <capstan/train/fit.hpp>

#include "catch.hpp"
#include "counting_new.hpp"
#include "line_problem.hpp"

using namespace capstan;

namespace {

/// Calls of operator new in 40 steps of the third and later epochs; 70 examples in batches of 16 leave a last one of 6.
std::uint64_t allocations(models::DeepNet net, const data::Dataset& train) {
  optim::Sgd descent{parameters(net), {.learning_rate = 0.01, .momentum = 0.9}};
  std::uint64_t before = 0, taken = 0;
  int steps = 0;
  train::Callbacks count{{.on_step = [&](train::Training&, const train::Step& step) {
    const std::uint64_t now = counting_new::calls();
    if (step.epoch > 2 && step.step > 1) {
      taken += now - before;
      ++steps;
    }
    before = now;
  }}};
  train::fit(net, train,
             {.epochs = 12,
              .batch_size = 16,
              .optimizer = &descent,
              .observers = {&count},
              .progress = {.style = train::ProgressStyle::quiet}});
  CHECK(steps == 40);
  return taken;
}

}  // namespace

TEST_CASE("from the third epoch on a step of fit allocates nothing, whatever the cost") {
  data::Dataset train = line_problem(70, 1, DType::f32);
  CHECK(allocations(models::DeepNet{{.layers = {2, 8, 8, 1}, .seed = 1}}, train) == 0);
  models::DeepNet values{{.layers = {2, 8, 8, 1}, .hidden = Activation::tanh, .output = Activation::identity}};
  CHECK(allocations(values, train) == 0);
  train.y = train.y.reshape({70}).cast(DType::i32);
  CHECK(allocations(models::DeepNet{{.layers = {2, 8, 8, 2}, .output = Activation::softmax}}, train) == 0);
}
