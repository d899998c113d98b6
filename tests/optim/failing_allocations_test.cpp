// Memory that runs out while an optimizer steps: failing_walk.hpp says what is right then.
#include <cstdint>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/matmul.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/optim.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "failing_walk.hpp"
#include "threads.hpp"

using namespace capstan;

namespace {

Tensor normal(const Shape& shape, std::uint64_t seed) {
  Rng rng{seed};
  return Tensor::normal(shape, rng, {.dtype = DType::f64});
}

struct Problem {
  Parameter w{"w", normal({3, 4}, 1)}, b{"b", normal({3, 1}, 2)};
  Tensor x = normal({4, 6}, 3);
  Tape tape;

  Gradients gradients() {
    tape.rewind();
    return tape.backward(mean(square(matmul(w, tape.constant(x)) + b)));
  }
  void add_to(Outcome& out) const { out.add(w.value()), out.add(b.value()); }
};

struct Momentum {
  Problem problem;
  optim::Sgd descent{{problem.w, problem.b}, {.learning_rate = 0.1, .momentum = 0.9, .nesterov = true}};
  void run(Outcome& out) {
    descent.step(problem.gradients());
    problem.add_to(out);
  }
};

/// A new optimizer that goes on where another one stopped.
struct Resumed {
  Problem problem;
  optim::Sgd descent{{problem.w, problem.b}, {.learning_rate = 0.1, .momentum = 0.9}};
  void run(Outcome& out) {
    optim::Sgd next{{problem.w, problem.b}, descent.options()};
    next.set_state(descent.state());
    next.step(problem.gradients());
    problem.add_to(out);
  }
};

struct StateTaken {
  Problem problem;
  optim::Sgd descent{{problem.w, problem.b}, {.learning_rate = 0.1, .momentum = 0.9}};
  std::vector<optim::StateEntry> state;
  StateTaken() {
    descent.step(problem.gradients());
    state = descent.state();
    descent.step(problem.gradients());
  }
  void run(Outcome& out) {
    const Gradients gradients = problem.gradients();
    descent.set_state(state);
    descent.step(gradients);
    problem.add_to(out);
  }
};

/// All that is remembered is made with the optimizer, and put back as a whole.
struct Remembering {
  Problem problem;
  optim::Adam adam{{problem.w, problem.b}, {.learning_rate = 0.1, .amsgrad = true}};
  std::vector<optim::StateEntry> state;
  Remembering() {
    adam.step(problem.gradients());
    state = adam.state();
  }
  void run(Outcome& out) {
    const Gradients gradients = problem.gradients();
    optim::NAdam other{{problem.w, problem.b}, {.learning_rate = 0.1, .groups = optim::no_decay({problem.b})}};
    out.add(static_cast<double>(other.settings().size()));
    adam.set_state(state);
    adam.step(gradients);
    problem.add_to(out);
  }
};

/// A line search that fails leaves the parameters as they were.
struct Searching {
  Problem problem;
  void run(Outcome& out) {
    optim::Lbfgs descent{{problem.w, problem.b}, {.max_iterations = 1}};
    (void)descent.step([&] {
      problem.tape.rewind();
      return mean(square(matmul(problem.w, problem.tape.constant(problem.x)) + problem.b));
    });
    problem.add_to(out);
  }
};

struct Averaging {
  Problem problem;
  void run(Outcome& out) {
    optim::Ema ema{{problem.w, problem.b}};
    ema.update();
    const optim::Schedule rate = optim::chain({{optim::constant(0.1), 3}, {optim::constant(0.2)}});
    out.add(rate(5));
    problem.add_to(out);
  }
};

/// Gradients that are alone in their set, and such that are shared.
template <bool shared>
struct Clipped {
  Problem problem;
  Gradients gradients, other;
  Clipped() {
    gradients = problem.gradients();
    if (shared) other = gradients;
  }
  void run(Outcome& out) {
    const double norm = optim::clip_norm(gradients, 0.01);
    out.add(norm);
    for (const Gradients::Entry& entry : gradients.entries()) out.add(entry.value());
  }
};

struct ClippedByValue {
  Problem problem;
  Gradients gradients = problem.gradients(), other = gradients;
  void run(Outcome& out) {
    Gradients cut = gradients;
    optim::clip_value(cut, 0.05);
    optim::clip_value(gradients, 0.2);
    for (const Gradients::Entry& entry : gradients.entries()) out.add(entry.value());
    for (const Gradients::Entry& entry : cut.entries()) out.add(entry.value());
  }
};

/// The first step that needs several threads starts them.
struct LargeStep {
  Parameter p{"p", normal({3 << 16}, 4)};
  optim::Sgd descent{{p}, {.learning_rate = 0.1}};
  Tape tape;
  Gradients gradients = tape.backward(sum(square(tape.parameter(p))));
  LargeStep() = default;
  LargeStep(const LargeStep&) = delete;
  LargeStep& operator=(const LargeStep&) = delete;
  ~LargeStep() { set_threads(1); }
  void run(Outcome& out) {
    set_threads(3);
    descent.step(gradients);
    for (const std::int64_t i : {0, 77, 150'000}) out.add(p.value().at({i}));
  }
};

}  // namespace

TEST_CASE("An optimizer's steps stand failing allocations") { CHECK(walk<Momentum>() > 0); }
TEST_CASE("An optimizer's state stands failing allocations") {
  CHECK(walk<Resumed>() > 0);
  CHECK(walk<StateTaken>() > 0);
}
TEST_CASE("Whatever an optimizer remembers stands failing allocations") {
  CHECK(walk<Remembering>() > 0);
  CHECK(walk<Searching>() > 0);
  CHECK(walk<Averaging>() > 0);
}
TEST_CASE("Clipping stands failing allocations") {
  CHECK(walk<Clipped<false>>() > 0);
  CHECK(walk<Clipped<true>>() > 0);
  CHECK(walk<ClippedByValue>() > 0);
}
TEST_CASE("A step on threads that start stands failing allocations") {
  const Threads before{1};
  CHECK(walk<LargeStep>() > 0);
}
