// The blocks of the examples' models: how close they come to what is alive at once.

#include <algorithm>
#include <cstdint>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/models/deep_net.hpp>
#include <capstan/models/visit.hpp>
#include <capstan/ops/activations.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/matmul.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "tape_state.hpp"

using namespace capstan;

namespace {

/// The largest ratio among the plans of a tape of a block's bytes to what is alive in it at once.
double excess(const Tape& tape) {
  double most = 0.0;
  for (const Plan* plan : tape.state().plans_run()) {
    REQUIRE(plan->alive_bytes > 0);
    REQUIRE(plan->arena_bytes() >= plan->alive_bytes);
    most = std::max(most, static_cast<double>(plan->arena_bytes()) / static_cast<double>(plan->alive_bytes));
  }
  REQUIRE(most > 0.0);
  return most;
}

struct Case {
  std::vector<std::int64_t> layers;
  Activation hidden;
  Activation output;
  std::int64_t batch;
};

}  // namespace

TEST_CASE("A plan of an example's net takes at most 1.15 times its peak live bytes") {
  const auto [layers, hidden, output, batch] =
      GENERATE(Case{{784, 256, 128, 10}, Activation::relu, Activation::softmax, 128},     // deep_net
               Case{{784, 256, 128, 10}, Activation::relu, Activation::softmax, 10'000},  // and its test set
               Case{{784, 32, 10}, Activation::relu, Activation::softmax, 64},            // learning_rate
               Case{{2, 1, 1}, Activation::tanh, Activation::sigmoid, 400},               // shallow_net, fewest
               Case{{2, 4, 1}, Activation::tanh, Activation::sigmoid, 400},
               Case{{2, 20, 1}, Activation::tanh, Activation::sigmoid, 400},          // and most hidden units
               Case{{8, 8, 8, 8, 8, 1}, Activation::tanh, Activation::sigmoid, 256},  // parity
               Case{{8, 8, 4, 2, 1}, Activation::relu, Activation::identity, 256},
               Case{{280, 64, 32, 1}, Activation::relu, Activation::identity, 64},  // house_price
               Case{{280, 64, 32, 1}, Activation::relu, Activation::identity, 32},
               Case{{45, 32, 16, 1}, Activation::relu, Activation::sigmoid, 64},  // churn
               Case{{45, 16, 1}, Activation::relu, Activation::sigmoid, 64},
               Case{{30, 1}, Activation::relu, Activation::sigmoid, 569});  // logistic_regression, learning_rate
  Rng rng{1};
  const models::DeepNet net{{.layers = layers, .hidden = hidden, .output = output, .seed = 1}};
  const Tensor x = Tensor::normal({layers.front(), batch}, rng);
  const Tensor y = output == Activation::softmax ? Tensor::full({batch}, 3, DType::i32) : Tensor::ones({1, batch});
  Tape tape{{.threads = GENERATE(1, 2)}};
  for (int step = 0; step < 3; ++step) {
    tape.rewind();
    const Var cost = net.cost(tape.constant(x), y);
    const Gradients gradients = tape.backward(cost);
    REQUIRE(gradients.contains(parameters(net)[0]));
    CHECK(excess(tape) <= 1.15);
  }
  tape.rewind();
  (void)net(tape.constant(x)).value();
  CHECK(excess(tape) <= 1.15);
}

TEST_CASE("So does that of a recurrent net") {
  Rng rng{2};
  const std::int64_t n = 32, batch = 8;
  const Tensor wx = Tensor::normal({4 * n, n}, rng, {.stddev = 0.1}),
               wh = Tensor::normal({4 * n, n}, rng, {.stddev = 0.1});
  const Tensor x = Tensor::normal({n, batch}, rng);
  Tape tape;
  const Var vx = tape.variable(wx, "Wx"), vh = tape.variable(wh, "Wh");
  Var h = tape.constant(Tensor::zeros({n, batch})), c = h;
  for (int t = 0; t < 20; ++t) {
    const Var z = matmul(vx, x) + matmul(vh, h);
    const auto gate = [&](std::int64_t which) {
      return slice(z, {.axis = 0, .start = which * n, .stop = (which + 1) * n});
    };
    c = sigmoid(gate(1)) * c + sigmoid(gate(0)) * tanh(gate(2));
    h = sigmoid(gate(3)) * tanh(c);
  }
  const Gradients gradients = tape.backward(sum(h));
  REQUIRE(gradients.contains(vx));
  CHECK(excess(tape) <= 1.15);
}
