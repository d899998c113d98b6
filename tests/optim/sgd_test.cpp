#include <capstan/optim/sgd.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <source_location>
#include <string>
#include <type_traits>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "counting_new.hpp"
#include "same_bits.hpp"
#include "threads.hpp"

using namespace capstan;
using Catch::ContainsSubstring;
using optim::Sgd;
using optim::SgdOptions;

namespace {

using Numbers = std::vector<double>;

const Numbers start{2.0, -1.5, 0.25, 3.0};
const Numbers target{0.5, 1.0, -1.0, 2.5};
const Numbers weight{1.0, 0.3, 2.0, 0.7};

Tensor tensor(const Numbers& numbers, const Shape& shape = {2, 2}) {
  return Tensor::from(std::span<const double>(numbers), shape);
}

Numbers list(const Tensor& x) {
  const Tensor f64 = x.cast(DType::f64);
  const auto elements = f64.data<double>();
  return {elements.begin(), elements.end()};
}

double difference(const Numbers& a, const Numbers& b) {
  double largest = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::fabs(a[i] - b[i]));
  return largest;
}

/// Gradients of Σ weight·(p − target)⁴/4 at p.
Gradients gradients_at(Tape& tape, const Parameter& p) {
  tape.rewind();
  const DType dtype = p.dtype();
  const Var miss = p - tape.constant(tensor(target).cast(dtype));
  return tape.backward(sum(square(square(miss)) * tensor(weight).cast(dtype)) / 4.0);
}

Numbers gradient_at(const Numbers& p) {
  Numbers g;
  for (std::size_t i = 0; i < p.size(); ++i) g.push_back(weight[i] * std::pow(p[i] - target[i], 3.0));
  return g;
}

/// torch.optim.SGD, version 1.13, as its documentation defines it.
class Reference {
 public:
  Reference(const SgdOptions& options, Numbers p) : o_{options}, p_{std::move(p)}, buffer_(p_.size()) {}

  void step(const Numbers& gradient) {
    for (std::size_t i = 0; i < p_.size(); ++i) {
      double g = gradient[i];
      if (o_.weight_decay != 0.0) g = g + o_.weight_decay * p_[i];
      if (o_.momentum != 0.0) {
        buffer_[i] = first_ ? g : o_.momentum * buffer_[i] + (1.0 - o_.dampening) * g;
        g = o_.nesterov ? g + o_.momentum * buffer_[i] : buffer_[i];
      }
      p_[i] = p_[i] - o_.learning_rate * g;
    }
    first_ = false;
  }
  void set_learning_rate(double learning_rate) { o_.learning_rate = learning_rate; }
  const Numbers& p() const { return p_; }

 private:
  SgdOptions o_;
  Numbers p_, buffer_;
  bool first_ = true;
};

const std::vector<SgdOptions> variants{
    {.learning_rate = 0.05},
    {.learning_rate = 0.05, .weight_decay = 0.1},
    {.learning_rate = 0.02, .momentum = 0.9},
    {.learning_rate = 0.02, .momentum = 0.9, .dampening = 0.3},
    {.learning_rate = 0.02, .momentum = 0.9, .weight_decay = 0.05},
    {.learning_rate = 0.02, .momentum = 0.8, .nesterov = true},
    {.learning_rate = 0.02, .momentum = 0.8, .nesterov = true, .weight_decay = 0.05},
    {.learning_rate = 0.02, .momentum = 0.5, .dampening = 1.0, .weight_decay = 0.2},
    {.learning_rate = 0.0, .momentum = 0.5},
};

std::string text(const SgdOptions& o) {
  return "learning_rate " + std::to_string(o.learning_rate) + ", momentum " + std::to_string(o.momentum) +
         ", dampening " + std::to_string(o.dampening) + ", nesterov " + std::to_string(o.nesterov) + ", weight_decay " +
         std::to_string(o.weight_decay);
}

}  // namespace

TEST_CASE("200 steps in double are those of torch.optim.SGD to 1e-10, in every variant") {
  for (const SgdOptions& options : variants) {
    INFO(text(options));
    Parameter p{"p", tensor(start)};
    Sgd descent{{p}, options};
    Reference reference{options, start};
    Tape tape;
    for (int step = 0; step < 200; ++step) {
      if (step == 120) {
        descent.set_learning_rate(options.learning_rate / 2.0);
        reference.set_learning_rate(options.learning_rate / 2.0);
      }
      descent.step(gradients_at(tape, p));
      reference.step(gradient_at(reference.p()));
      REQUIRE(difference(list(p.value()), reference.p()) < 1e-10);
    }
  }
}

TEST_CASE("200 steps in float follow those in double") {
  for (const SgdOptions& options : variants) {
    INFO(text(options));
    Parameter p{"p", tensor(start).cast(DType::f32)};
    Sgd descent{{p}, options};
    Reference reference{options, start};
    Tape tape;
    for (int step = 0; step < 200; ++step) {
      descent.step(gradients_at(tape, p));
      reference.step(gradient_at(reference.p()));
    }
    CHECK(difference(list(p.value()), reference.p()) < 1e-4);
  }
}

TEST_CASE("Gradients of any strides move a parameter as row-major ones do") {
  for (const SgdOptions& options : variants) {
    Parameter a{"a", tensor(start)}, b{"b", tensor(start)};
    Sgd first{{a}, options}, second{{b}, options};
    Tape tape;
    for (int step = 0; step < 5; ++step) {
      first.step(gradients_at(tape, a));
      Gradients g = gradients_at(tape, b);
      g.replace(0, g[b].transpose().copy().transpose());
      REQUIRE_FALSE(g[b].is_contiguous());
      second.step(g);
    }
    CHECK(list(a.value()) == list(b.value()));
  }
}

TEST_CASE("A weight that is not finite does no harm without decay") {
  Parameter p{"p", tensor({std::numeric_limits<double>::infinity(), 1.0}, {2})};
  Tape tape;
  Gradients g = tape.backward(sum(p * tape.constant(tensor({1.0, 2.0}, {2}))));
  Sgd{{p}, {.learning_rate = 0.5}}.step(g);
  CHECK(list(p.value()) == Numbers{std::numeric_limits<double>::infinity(), 0.0});
}

TEST_CASE("A parameter without a gradient in a step keeps its value and its memory") {
  Parameter a{"a", tensor(start)}, b{"b", tensor(start)};
  const SgdOptions options{.learning_rate = 0.02, .momentum = 0.9, .weight_decay = 0.1};
  Sgd descent{{a, b}, options};
  Reference both{options, start}, alone{options, start};
  Tape tape;
  for (int step = 0; step < 20; ++step) {
    Gradients g = gradients_at(tape, a);
    if (step % 3 == 0) {
      g += gradients_at(tape, b);
      alone.step(gradient_at(alone.p()));
    }
    descent.step(g);
    both.step(gradient_at(both.p()));
    CHECK(descent.skipped() == (step % 3 == 0 ? std::vector<std::string>{} : std::vector<std::string>{"b"}));
  }
  CHECK(difference(list(a.value()), both.p()) < 1e-12);
  CHECK(difference(list(b.value()), alone.p()) < 1e-12);
}

TEST_CASE("State names each moved parameter's memory and is a copy") {
  Parameter a{"W1", tensor(start)}, b{"b1", tensor({1.0}, {1})};
  Sgd descent{{b, a}, {.learning_rate = 0.1, .momentum = 0.9}};
  CHECK(descent.state().empty());
  Tape tape;
  descent.step(gradients_at(tape, a));
  const auto state = descent.state();
  REQUIRE(state.size() == 2);
  CHECK(state[0].name() == "W1.steps");
  CHECK(state[0].value.item() == 1.0);
  CHECK(state[1].name() == "W1.momentum");
  CHECK(difference(list(state[1].value), gradient_at(start)) < 1e-12);
  const Numbers before = list(state[1].value);
  descent.step(gradients_at(tape, a));
  CHECK(list(state[1].value) == before);
  CHECK(Sgd{{a}, {.learning_rate = 0.1}}.state().empty());
}

TEST_CASE("A run that is continued from saved state takes the same steps, bit for bit") {
  for (const SgdOptions& options : variants) {
    INFO(text(options));
    Parameter p{"p", tensor(start)};
    Sgd descent{{p}, options};
    Tape tape;
    for (int step = 0; step < 50; ++step) descent.step(gradients_at(tape, p));
    Parameter q = p.clone();
    Sgd continued{{q}, options};
    continued.set_state(descent.state());
    for (int step = 0; step < 50; ++step) {
      descent.step(gradients_at(tape, p));
      continued.step(gradients_at(tape, q));
    }
    CHECK(list(p.value()) == list(q.value()));
    CHECK(descent.state().size() == continued.state().size());
  }
}

TEST_CASE("A parameter whose state is not given starts anew") {
  Parameter p{"p", tensor(start)};
  const SgdOptions options{.learning_rate = 0.02, .momentum = 0.9, .dampening = 0.5};
  Sgd descent{{p}, options};
  Tape tape;
  for (int step = 0; step < 5; ++step) descent.step(gradients_at(tape, p));
  descent.set_state({});
  CHECK(descent.state().empty());
  Reference reference{options, list(p.value())};
  for (int step = 0; step < 5; ++step) {
    descent.step(gradients_at(tape, p));
    reference.step(gradient_at(reference.p()));
  }
  CHECK(difference(list(p.value()), reference.p()) < 1e-12);
}

TEST_CASE("The options can be read back, with the learning rate as it is now") {
  Parameter p{"p", tensor(start)};
  Sgd descent{{p}, {.learning_rate = 0.1, .momentum = 0.9, .nesterov = true, .weight_decay = 0.01}};
  descent.set_learning_rate(0.05);
  const SgdOptions now = descent.options();
  CHECK(now.learning_rate == 0.05);
  CHECK(now.momentum == 0.9);
  CHECK(now.dampening == 0.0);
  CHECK(now.nesterov);
  CHECK(now.weight_decay == 0.01);
}

TEST_CASE("A step allocates nothing, whatever the variant and the gradients' strides") {
  for (const SgdOptions& options : variants) {
    INFO(text(options));
    Parameter a{"a", tensor(start)}, b{"b", tensor(start)}, absent{"absent", tensor(start)};
    Sgd descent{{a, absent, b}, options};
    Tape tape;
    Gradients g = gradients_at(tape, a);
    g += gradients_at(tape, b);
    g.replace(1, g.entries()[1].value().transpose().copy().transpose());
    const std::uint64_t before = counting_new::calls();
    for (int step = 0; step < 3; ++step) descent.step(g);
    const std::uint64_t calls = counting_new::calls() - before;
    if (counting_new::works) CHECK(calls == 0);
    CHECK(descent.skipped() == std::vector<std::string>{"absent"});
  }
}

TEST_CASE("Numbers that make no descent are refused by name and value") {
  const Parameter p{"p", tensor(start)};
  const auto refused = [&](const SgdOptions& options, const std::string& message) {
    INFO(message);
    CHECK_THROWS_AS(Sgd({p}, options), ValueError);
    CHECK_THROWS_WITH(Sgd({p}, options), ContainsSubstring(message + "\n  at sgd_test.cpp:"));
  };
  constexpr double infinity = std::numeric_limits<double>::infinity();
  refused({.learning_rate = std::numeric_limits<double>::quiet_NaN()},
          "Sgd: learning_rate must be finite and not negative, got nan");
  refused({.learning_rate = -0.1}, "Sgd: learning_rate must be finite and not negative, got -0.1");
  refused({.learning_rate = infinity}, "Sgd: learning_rate must be finite and not negative, got inf");
  refused({.learning_rate = 0.1, .momentum = -0.5}, "Sgd: momentum must be finite and not negative, got -0.5");
  refused({.learning_rate = 0.1, .dampening = infinity}, "Sgd: dampening must be finite and not negative, got inf");
  refused({.learning_rate = 0.1, .weight_decay = -1.0}, "Sgd: weight_decay must be finite and not negative, got -1");
  refused({.learning_rate = 0.1, .nesterov = true},
          "Sgd: nesterov needs momentum above 0 and dampening 0, got momentum 0 and dampening 0");
  refused({.learning_rate = 0.1, .momentum = 0.9, .dampening = 0.1, .nesterov = true},
          "Sgd: nesterov needs momentum above 0 and dampening 0, got momentum 0.9 and dampening 0.1");
}

TEST_CASE("State that does not fit is refused, and nothing is changed") {
  Parameter p{"p", tensor(start)}, q{"q", tensor(start)};
  Sgd descent{{p, q}, {.learning_rate = 0.1, .momentum = 0.9}};
  Tape tape;
  descent.step(gradients_at(tape, p));
  const Numbers before = list(descent.state()[1].value);
  const auto refuse = [&](std::vector<optim::StateEntry> state) { descent.set_state(state); };
  const Tensor good = tensor(start), one = Tensor::scalar(1.0, DType::f64);

  CHECK_THROWS_AS(refuse({{"p", "momentum", good}, {"r", "momentum", good}}), ValueError);
  CHECK_THROWS_WITH(
      refuse({{"p", "momentum", good}, {"r", "momentum", good}}),
      ContainsSubstring("Sgd: no parameter is called \"r\", which state is given for\n  at sgd_test.cpp:"));
  CHECK_THROWS_WITH(refuse({{"q", "momentum", good}, {"q", "momentum", good}}),
                    ContainsSubstring("Sgd: state \"q.momentum\" is given twice\n  at sgd_test.cpp:"));
  CHECK_THROWS_AS(refuse({{"q", "steps", one}, {"q", "momentum", tensor(start, {4})}}), ShapeError);
  CHECK_THROWS_WITH(refuse({{"q", "momentum", tensor(start, {4})}}),
                    ContainsSubstring("Sgd: state must have its parameter's shape, got (4) for (2, 2)\n"
                                      "  state: \"q.momentum\" (4) of f64\n  parameter: \"q\" (2, 2) of f64\n"
                                      "  at sgd_test.cpp:"));
  CHECK_THROWS_AS(refuse({{"q", "momentum", Tensor::zeros({2, 2})}}), DTypeError);
  CHECK_THROWS_WITH(refuse({{"q", "momentum", Tensor::zeros({2, 2})}}),
                    ContainsSubstring("Sgd: state must have its parameter's dtype, got f32 for f64\n"));
  REQUIRE(descent.state().size() == 2);
  CHECK(list(descent.state()[1].value) == before);

  Sgd plain{{p}, {.learning_rate = 0.1}};
  CHECK_THROWS_WITH(plain.set_state({{"p", "momentum", good}}),
                    ContainsSubstring("Sgd: no state is called \"momentum\", there is \"steps\"\n  at sgd_test.cpp:"));
}

TEST_CASE("A large parameter is moved in blocks, whether its gradient is contiguous or not") {
  constexpr std::int64_t rows = 300, columns = 500;
  Rng rng{4};
  const Tensor slope = Tensor::normal({rows, columns}, rng), across = Tensor::normal({columns, rows}, rng);
  for (const Tensor& dp : {slope, across.transpose()}) {
    Parameter p{"p", Tensor::ones({rows, columns})};
    Sgd descent{{p}, {.learning_rate = 0.5, .momentum = 0.9}};
    Tape tape;
    for (int step = 0; step < 2; ++step) {
      tape.rewind();
      descent.step(tape.backward(sum(tape.parameter(p) * dp)));
    }
    bool all = true;
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < columns; ++j) {
        const double d = dp.at({i, j});
        all = all && std::abs(p.value().at({i, j}) - (1.0 - 0.5 * d - 0.5 * 1.9 * d)) < 1e-5;
      }
    }
    CHECK(all);
  }
}

TEST_CASE("A step has the same bits for any number of threads") {
  const auto trained = [] {
    Rng rng{5};
    std::vector<Parameter> all;
    for (const Shape& shape : {Shape{300, 500}, Shape{7}, Shape{90'001}, Shape{1}, Shape{200, 1000}})
      all.emplace_back("p", Tensor::normal(shape, rng));
    const Tensor across = Tensor::normal({500, 300}, rng);
    Sgd descent{all, {.learning_rate = 0.1, .momentum = 0.9, .nesterov = true, .weight_decay = 0.01}};
    Tape tape;
    for (int step = 0; step < 3; ++step) {
      tape.rewind();
      Var cost = sum(tape.parameter(all[0]) * across.transpose());
      for (const Parameter& p : all) cost = cost + sum(square(tape.parameter(p)));
      descent.step(tape.backward(cost));
    }
    std::vector<Tensor> values;
    for (const Parameter& p : all) values.push_back(p.value().copy());
    return values;
  };
  const auto on = [&trained](int threads) {
    const Threads limit{threads};
    return trained();
  };
  const std::vector<Tensor> expected = on(1);
  for (const int threads : {2, 3, 4, 7}) {
    const std::vector<Tensor> found = on(threads);
    for (std::size_t i = 0; i < expected.size(); ++i) CHECK(same_bits(found[i], expected[i]));
  }
}

TEST_CASE("the options of Sgd cannot leave out the learning rate") {
  STATIC_REQUIRE_FALSE(std::is_default_constructible_v<SgdOptions>);
  STATIC_REQUIRE_FALSE(std::is_default_constructible_v<optim::LearningRate>);
}
