// A custom architecture: two towers that share a layer, a skip connection, and a loop whose length the values decide.
#include <cstdint>
#include <string>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/models/linear.hpp>
#include <capstan/models/summary.hpp>
#include <capstan/models/visit.hpp>
#include <capstan/ops/activations.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/losses.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/optim/sgd.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"

using namespace capstan;

namespace {

struct Tower {
  models::Linear in, out;

  Tower(std::int64_t features, std::int64_t width, Rng& rng)
      : in{{.inputs = features, .outputs = width}, rng}, out{{.inputs = width, .outputs = width}, rng} {}
  Var operator()(const Operand& x) const {
    const Var h = tanh(in(x));
    return h + leaky_relu(out(h), {.slope = 0.01});
  }
  template <class Visitor>
  void visit(Visitor&& v) {
    v("in", in);
    v("out", out);
  }
};

struct TwoTowers {
  Tower left, right;
  models::Linear shared;

  explicit TwoTowers(Rng& rng) : left{8, 16, rng}, right{5, 16, rng}, shared{{.inputs = 16, .outputs = 16}, rng} {}
  Var operator()(const Operand& a, const Operand& b) const {
    Var u = left(a), v = right(b);
    for (int hop = 0; hop < 3 && mean(u * u).item() > 0.05; ++hop) {
      u = tanh(shared(u));
      v = tanh(shared(v));
    }
    return sum(u * v, {.axis = 0, .keepdims = true});
  }
  template <class Visitor>
  void visit(Visitor&& v) {
    v("left", left);
    v("right", right);
    v("shared", shared);
  }
};

}  // namespace

TEST_CASE("a struct of layers lists its parameters by path") {
  Rng rng{3};
  const TwoTowers net{rng};
  std::vector<std::string> seen;
  for (const auto& [name, parameter] : named_parameters(net)) seen.push_back(name + " " + to_string(parameter.shape()));
  CHECK(seen == std::vector<std::string>{"left.in.W (16, 8)", "left.in.b (16, 1)", "left.out.W (16, 16)",
                                         "left.out.b (16, 1)", "right.in.W (16, 5)", "right.in.b (16, 1)",
                                         "right.out.W (16, 16)", "right.out.b (16, 1)", "shared.W (16, 16)",
                                         "shared.b (16, 1)"});
  CHECK(models::summary(net).ends_with("total                       1,056"));
}

TEST_CASE("a struct of layers trains for every seed, its control flow decided by its values") {
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U, 5U}) {
    CAPTURE(seed);
    Rng rng{seed};
    const TwoTowers net{rng};
    const Tensor a = Tensor::normal({8, 32}, rng), b = Tensor::normal({5, 32}, rng);
    const Tensor target = Tensor::full({1, 32}, 0.25);
    optim::Sgd descent{parameters(net), {.learning_rate = 0.05, .momentum = 0.9}};
    Tape tape;
    double first = 0.0, last = 0.0;
    for (int step = 0; step < 200; ++step) {
      tape.rewind();
      const Var cost = mean_squared_error(net(tape.constant(a), tape.constant(b)), target);
      last = cost.item();
      if (step == 0) first = last;
      descent.step(tape.backward(cost));
    }
    CHECK(last < first * 0.1);
  }
}
