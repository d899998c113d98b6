// What holds of every optimizer, whatever its formula: a table of them all, with their options.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <capstan/graph/rows.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/optim.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "counting_new.hpp"
#include "same_bits.hpp"
#include "threads.hpp"

using namespace capstan;

namespace {

struct Example {
  std::string name;
  std::function<std::unique_ptr<optim::Optimizer>(const std::vector<Parameter>&)> make;
};

template <class Optimizer, class Options>
Example example(std::string name, const Options& options) {
  return {std::move(name), [options](const std::vector<Parameter>& parameters) -> std::unique_ptr<optim::Optimizer> {
            return std::make_unique<Optimizer>(parameters, options);
          }};
}

const std::vector<Example>& examples() {
  using namespace optim;
  static const std::vector<Example> all{
      example<Sgd>("Sgd", SgdOptions{.learning_rate = 0.01, .momentum = 0.9, .weight_decay = 0.1}),
      example<RmsProp>("RmsProp", RmsPropOptions{.learning_rate = 0.01}),
      example<RmsProp>("RmsProp, centered",
                       RmsPropOptions{.learning_rate = 0.01, .weight_decay = 0.1, .momentum = 0.5, .centered = true}),
      example<Adagrad>("Adagrad", AdagradOptions{.learning_rate = 0.01, .learning_rate_decay = 0.1, .initial = 0.1}),
      example<Adagrad>("Adagrad, decay", AdagradOptions{.learning_rate = 0.01, .weight_decay = 0.1}),
      example<Adadelta>("Adadelta", AdadeltaOptions{}),
      example<Adadelta>("Adadelta, decay", AdadeltaOptions{.weight_decay = 0.1}),
      example<Adam>("Adam", AdamOptions{.learning_rate = 0.01}),
      example<Adam>("Adam, amsgrad", AdamOptions{.learning_rate = 0.01, .weight_decay = 0.1, .amsgrad = true}),
      example<AdamW>("AdamW", AdamWOptions{.learning_rate = 0.01}),
      example<AdamW>("AdamW, amsgrad", AdamWOptions{.learning_rate = 0.01, .amsgrad = true}),
      example<NAdam>("NAdam", NAdamOptions{.learning_rate = 0.01}),
      example<NAdam>("NAdam, decay", NAdamOptions{.learning_rate = 0.01, .weight_decay = 0.1}),
      example<Lion>("Lion", LionOptions{.learning_rate = 0.01}),
      example<Lion>("Lion, decay", LionOptions{.learning_rate = 0.01, .weight_decay = 0.1}),
  };
  return all;
}

Tensor normal(const Shape& shape, std::uint64_t seed, DType dtype = DType::f64) {
  Rng rng{seed};
  return Tensor::normal(shape, rng, {.dtype = dtype});
}

Tensor row(const Tensor& x, std::int64_t i) { return x.slice({.start = i, .stop = i + 1}); }

}  // namespace

TEST_CASE("Every optimizer takes a step of the same bits on any number of threads") {
  for (const Example& example : examples()) {
    INFO(example.name);
    for (const DType dtype : {DType::f32, DType::f64}) {
      const auto trained = [&](int count) {
        const Threads limit{count};
        std::vector<Parameter> all;
        for (const Shape& shape : {Shape{300, 500}, Shape{7}, Shape{90'001}, Shape{1}})
          all.emplace_back("p", normal(shape, all.size(), dtype));
        const Tensor across = normal({500, 300}, 7, dtype);
        const auto descent = example.make(all);
        Tape tape;
        for (int step = 0; step < 3; ++step) {
          tape.rewind();
          Var cost = sum(tape.parameter(all[0]) * across.transpose());
          for (const Parameter& p : all) cost = cost + sum(square(tape.parameter(p)));
          descent->step(tape.backward(cost));
        }
        std::vector<Tensor> values;
        for (const Parameter& p : all) values.push_back(p.value().copy());
        return values;
      };
      const std::vector<Tensor> expected = trained(1);
      for (const int count : {2, 3}) {
        const std::vector<Tensor> found = trained(count);
        for (std::size_t i = 0; i < expected.size(); ++i) CHECK(same_bits(found[i], expected[i]));
      }
    }
  }
}

TEST_CASE("Every optimizer moves the rows of a row-sparse gradient as those of a dense one, and no other") {
  const Tensor indices = Tensor::from(std::vector<std::int32_t>{4, 1, 4, 2}, {4}), slope = normal({4, 3}, 2);
  const Tensor start = normal({6, 3}, 1);
  for (const Example& example : examples()) {
    INFO(example.name);
    const Parameter a{"table", start}, b{"table", start};
    const auto sparse = example.make({a}), dense = example.make({b});
    Tape tape;
    for (int step = 0; step < 5; ++step) {
      for (const bool whole : {false, true}) {
        tape.rewind();
        const Parameter& p = whole ? b : a;
        const Var rows = record_gather_rows(tape.parameter(p), indices, std::source_location::current());
        Gradients g = tape.backward(sum(rows * slope));
        REQUIRE(g.is_sparse(p));
        if (whole) g.replace(0, g[p].copy());
        (whole ? dense : sparse)->step(g);
      }
    }
    for (const std::int64_t i : {1, 2, 4}) {
      CHECK(same_bits(row(a.value(), i), row(b.value(), i)));
      CHECK_FALSE(same_bits(row(a.value(), i), row(start, i)));
    }
    for (const std::int64_t i : {0, 3, 5}) CHECK(same_bits(row(a.value(), i), row(start, i)));
    const std::vector<optim::StateEntry> of_sparse = sparse->state(), of_dense = dense->state();
    REQUIRE(of_sparse.size() == of_dense.size());
    for (std::size_t k = 0; k < of_sparse.size(); ++k) {
      if (of_sparse[k].value.rank() == 0) {
        CHECK(of_sparse[k].value.item() == of_dense[k].value.item());
      } else {
        for (const std::int64_t i : {1, 2, 4}) CHECK(same_bits(row(of_sparse[k].value, i), row(of_dense[k].value, i)));
      }
    }
  }
}

TEST_CASE("Every optimizer goes on from saved state with the same steps, bit for bit") {
  for (const Example& example : examples()) {
    INFO(example.name);
    const Parameter p{"p", normal({3, 5}, 1)}, late{"late", normal({4}, 2)};
    const auto descent = example.make({p, late});
    Tape tape;
    const auto step = [&tape](optim::Optimizer& optimizer, const Parameter& a, const Parameter* b) {
      tape.rewind();
      const Var cost = sum(square(square(tape.parameter(a))));
      optimizer.step(tape.backward(b == nullptr ? cost : cost + sum(square(tape.parameter(*b)))));
    };
    for (int i = 0; i < 20; ++i) step(*descent, p, nullptr);
    for (int i = 0; i < 3; ++i) step(*descent, p, &late);
    const Parameter q = p.clone(), late_q = late.clone();
    const auto continued = example.make({q, late_q});
    continued->set_state(descent->state());
    for (int i = 0; i < 20; ++i) {
      step(*descent, p, &late);
      step(*continued, q, &late_q);
    }
    CHECK(same_bits(p.value(), q.value()));
    CHECK(same_bits(late.value(), late_q.value()));
    CHECK_FALSE(same_bits(late.value(), normal({4}, 2)));
  }
}

TEST_CASE("No optimizer allocates in a step, whatever the gradients' strides") {
  for (const Example& example : examples()) {
    INFO(example.name);
    const Parameter a{"a", normal({3, 5}, 1)}, b{"b", normal({4}, 2)};
    const auto descent = example.make({a, b});
    Tape tape;
    Gradients g = tape.backward(sum(square(tape.parameter(a))) + sum(square(tape.parameter(b))));
    for (std::size_t i = 0; i < g.size(); ++i) {
      if (g.entries()[i].parameter == a) g.replace(i, g[a].transpose().copy().transpose());
    }
    REQUIRE_FALSE(g[a].is_contiguous());
    const std::uint64_t before = counting_new::calls();
    for (int step = 0; step < 3; ++step) descent->step(g);
    const std::uint64_t calls = counting_new::calls() - before;
    if (counting_new::works) CHECK(calls == 0);
  }
}

TEST_CASE("Every optimizer names all that decides its steps") {
  const auto text = [](const optim::Optimizer& optimizer) {
    std::string all{optimizer.name()};
    for (const auto& [name, value] : optimizer.settings()) all += "; " + name + " " + value;
    return all;
  };
  const std::vector<std::string> expected{
      "Sgd; momentum 0.9; dampening 0; nesterov false; weight_decay 0.1",
      "RmsProp; decay 0.99; epsilon 1e-08; momentum 0; centered false; weight_decay 0",
      "RmsProp; decay 0.99; epsilon 1e-08; momentum 0.5; centered true; weight_decay 0.1",
      "Adagrad; learning_rate_decay 0.1; initial 0.1; epsilon 1e-10; weight_decay 0",
      "Adagrad; learning_rate_decay 0; initial 0; epsilon 1e-10; weight_decay 0.1",
      "Adadelta; decay 0.9; epsilon 1e-06; weight_decay 0",
      "Adadelta; decay 0.9; epsilon 1e-06; weight_decay 0.1",
      "Adam; beta1 0.9; beta2 0.999; epsilon 1e-08; amsgrad false; weight_decay 0",
      "Adam; beta1 0.9; beta2 0.999; epsilon 1e-08; amsgrad true; weight_decay 0.1",
      "AdamW; beta1 0.9; beta2 0.999; epsilon 1e-08; amsgrad false; weight_decay 0.01",
      "AdamW; beta1 0.9; beta2 0.999; epsilon 1e-08; amsgrad true; weight_decay 0.01",
      "NAdam; beta1 0.9; beta2 0.999; epsilon 1e-08; momentum_decay 0.004; weight_decay 0",
      "NAdam; beta1 0.9; beta2 0.999; epsilon 1e-08; momentum_decay 0.004; weight_decay 0.1",
      "Lion; beta1 0.9; beta2 0.99; weight_decay 0",
      "Lion; beta1 0.9; beta2 0.99; weight_decay 0.1",
  };
  const Parameter p{"p", normal({2}, 1)}, q{"q", normal({2}, 1)};
  REQUIRE(expected.size() == examples().size());
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(text(*examples()[i].make({p, q})) == expected[i]);
  optim::Adam grouped{
      {p, q},
      {.learning_rate = 0.5,
       .groups = {{.names = {"q"}, .weight_decay = 0.25}, {.parameters = {p}, .learning_rate = 0.125}}}};
  grouped.set_learning_rate(0.1);
  const optim::Settings settings = grouped.settings();
  REQUIRE(settings.size() == 7);
  CHECK(settings[5].first == "group 0");
  CHECK(settings[5].second == "weight_decay 0.25, of \"q\"");
  CHECK(settings[6].second == "weight_decay 0, learning_rate 0.125 where the others' is 0.5, of \"p\"");
}
