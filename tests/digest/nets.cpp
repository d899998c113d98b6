// Fifty training steps of each net in the examples, with its options, on numbers drawn for it; and of two that the
// examples lack: logistic regression on so much data that it is read as a stream, and an LSTM.
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <capstan/capstan.hpp>

#include "report.hpp"

namespace digest {

using namespace capstan;

namespace {

constexpr std::int64_t steps = 50;

/// How an example trains.
struct Training {
  std::int64_t examples;
  std::int64_t batch;
  optim::SgdOptions descent;
  bool falling = false;  ///< the learning rate falls along a line to 0
};

enum class Target : std::uint8_t { labels, yes_or_no, numbers };

data::Dataset draw(std::int64_t features, std::int64_t outputs, std::int64_t m, Target target, DType dtype) {
  Rng rng{5};
  data::Dataset set;
  set.x = Tensor::normal({m, features}, rng, {.dtype = dtype}).transpose();  // an example a row, as files have them
  if (target == Target::numbers) {
    set.y = Tensor::normal({outputs, m}, rng, {.dtype = dtype});
  } else if (target == Target::yes_or_no) {
    set.y = Tensor::zeros({1, m}, dtype);
    for (std::int64_t i = 0; i < m; ++i) set.y.set({0, i}, static_cast<double>(rng.below(2)));
  } else {
    set.y = Tensor::zeros({m}, DType::i32);
    for (std::int64_t i = 0; i < m; ++i) {
      set.y.set({i}, static_cast<double>(rng.below(static_cast<std::uint64_t>(outputs))));
    }
  }
  return set;
}

/// Trains a model; cost(tape, batch) records what it is to learn.
template <class Model, class Cost>
void train(const Model& model, Cost cost, const data::Dataset& set, const Training& how, const TapeOptions& options,
           Notes& notes) {
  data::Batches batches = data::batches(set, {.batch_size = how.batch, .shuffle = how.batch < how.examples, .seed = 1});
  optim::Sgd descent{parameters(model), how.descent};
  Tape tape{options};
  for (std::int64_t step = 0; step < steps;) {
    for (const data::Batch& batch : batches) {
      if (step == steps) break;
      tape.rewind();
      const Var J = cost(tape, batch);
      const Gradients d = tape.backward(J);
      const double part = how.falling ? static_cast<double>(step) / static_cast<double>(steps) : 0.0;
      descent.set_learning_rate(how.descent.learning_rate * (1.0 - part));
      descent.step(d);
      notes.value(J.value());
      notes.plans(tape);
      ++step;
    }
  }
  for (const Parameter& p : parameters(model)) notes.value(p.value());
}

/// A model with a cost of its own.
template <class Model>
void train(const Model& model, const data::Dataset& set, const Training& how, const TapeOptions& options,
           Notes& notes) {
  const auto cost = [&model](Tape& tape, const data::Batch& batch) {
    return model.cost(tape.constant(batch.x), batch.y);
  };
  train(model, cost, set, how, options, notes);
}

struct NetOfExample {
  std::string_view name;
  models::DeepNetOptions net;
  Training how;
};

std::vector<NetOfExample> deep_nets() {
  const auto shallow = [](std::int64_t units) {
    return models::DeepNetOptions{
        .layers = {2, units, 1}, .hidden = Activation::tanh, .init = init::normal(0.01), .seed = 1};
  };
  const auto symmetric = [](const Activation& hidden, const init::Initializer& init) {
    return models::DeepNetOptions{
        .layers = {64, 16, 10}, .hidden = hidden, .output = Activation::softmax, .init = init, .seed = 1};
  };
  const auto rate = models::DeepNetOptions{.layers = {64, 32, 10}, .output = Activation::softmax, .seed = 1};
  const auto parity = [](const Activation& hidden) {
    return models::DeepNetOptions{.layers = {8, 16, 16, 12, 1}, .hidden = hidden, .seed = 1};
  };
  const Training flower{400, 400, {.learning_rate = 1.2}}, digits{1347, 1347, {.learning_rate = 0.5}};
  const Training words{256, 256, {.learning_rate = 0.1, .momentum = 0.9}};
  return {
      {"deep_net",
       {.layers = {784, 256, 128, 10}, .output = Activation::softmax, .init = init::he(), .seed = 1},
       {600, 128, {.learning_rate = 0.05, .momentum = 0.9, .weight_decay = 1e-4}, true}},
      {"churn",
       {.layers = {46, 16, 1}, .seed = 1},
       {500, 64, {.learning_rate = 0.02, .momentum = 0.9, .weight_decay = 0.01}}},
      {"house_price, one unit",
       {.layers = {1, 1}, .output = Activation::relu, .init = init::zeros(), .dtype = DType::f64},
       {2344, 2344, {.learning_rate = 0.1}}},
      {"house_price, net",
       {.layers = {250, 64, 32, 1}, .output = Activation::identity, .seed = 1, .dtype = DType::f64},
       {500, 32, {.learning_rate = 0.003, .momentum = 0.9, .weight_decay = 0.03}}},
      {"shallow_net, 1 unit", shallow(1), flower},
      {"shallow_net, 4 units", shallow(4), flower},
      {"shallow_net, 20 units", shallow(20), flower},
      {"symmetry, sigmoid from zero", symmetric(Activation::sigmoid, init::zeros()), digits},
      {"symmetry, tanh from zero", symmetric(Activation::tanh, init::zeros()), digits},
      {"symmetry, sigmoid", symmetric(Activation::sigmoid, init::normal(0.01)), digits},
      {"learning_rate, 0.1", rate, {1347, 1347, {.learning_rate = 0.1}}},
      {"learning_rate, 1e30, so that it diverges", rate, {1347, 1347, {.learning_rate = 1e30}}},
      {"parity, tanh", parity(Activation::tanh), words},
      {"parity, relu", parity(Activation::relu), words},
      {"parity, leaky_relu", parity(Activation::leaky_relu), words},
  };
}

void run_deep_net(const NetOfExample& example, const TapeOptions& options, Notes& notes) {
  const Activation& output = example.net.output;
  const Target target = output == Activation::softmax   ? Target::labels
                        : output == Activation::sigmoid ? Target::yes_or_no
                                                        : Target::numbers;
  const std::int64_t inputs = example.net.layers.front(), outputs = example.net.layers.back();
  const data::Dataset set = draw(inputs, outputs, example.how.examples, target, example.net.dtype);
  train(models::DeepNet{example.net}, set, example.how, options, notes);
}

/// By the tape, as logistic_regression does it.
void run_logistic_regression(const TapeOptions& options, Notes& notes) {
  const models::LogisticRegression model{{.inputs = 30, .dtype = DType::f64}};
  const Training how{455, 455, {.learning_rate = 0.5}};
  const auto cost = [&model](Tape& tape, const data::Batch& batch) {
    return binary_cross_entropy(model(tape.constant(batch.x)), batch.y);
  };
  train(model, cost, draw(30, 1, how.examples, Target::yes_or_no, DType::f64), how, options, notes);
}

/// By the vectorised formulas of the same example, on a tape for inference.
void run_vectorised(TapeOptions options, Notes& notes) {
  const models::LogisticRegression model{{.inputs = 30, .dtype = DType::f64}};
  const data::Dataset set = draw(30, 1, 455, Target::yes_or_no, DType::f64);
  const auto m = static_cast<double>(set.examples());
  options.inference = true;
  Tape tape{options};
  for (std::int64_t step = 0; step < steps; ++step) {
    tape.rewind();
    const Var X = tape.constant(set.x), Y = tape.constant(set.y);
    const Var w = tape.parameter(model.w), b = tape.parameter(model.b);
    const Var A = sigmoid(matmul(transpose(w), X) + b);
    const Var J = -mean(Y * log(A) + (1.0 - Y) * log(1.0 - A));
    const Var dZ = A - Y;
    const Var dw = matmul(X, transpose(dZ)) / m;
    const Var db = sum(dZ, {.axis = 1, .keepdims = true}) / m;
    const Tensor new_w = (w - 0.5 * dw).value(), new_b = (b - 0.5 * db).value();
    notes.value(J.value());
    notes.plans(tape);
    Parameter{model.w}.assign(new_w);
    Parameter{model.b}.assign(new_b);
  }
  for (const Parameter& p : parameters(model)) notes.value(p.value());
}

void run_churn_regression(const TapeOptions& options, Notes& notes) {
  const Training how{500, 64, {.learning_rate = 0.02, .momentum = 0.9, .weight_decay = 0.001}};
  train(models::LogisticRegression{{.inputs = 46}}, draw(46, 1, how.examples, Target::yes_or_no, DType::f32), how,
        options, notes);
}

/// More than 2 MB, so that X is read once a step.
void run_stream(const TapeOptions& options, Notes& notes) {
  const Training how{10'000, 10'000, {.learning_rate = 0.5}};
  train(models::LogisticRegression{{.inputs = 64}}, draw(64, 1, how.examples, Target::yes_or_no, DType::f32), how,
        options, notes);
}

void softsign_values(const CustomForward& f) {
  const auto x = f.input<double>(0);
  const auto y = f.output<double>();
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = x[i] / (1.0 + std::abs(x[i]));
}

/// softsign(x) = x / (1 + |x|), the op of gradient_check.
Var softsign(const Operand& x) {
  static const CustomOp op{{.name = "softsign", .forward = softsign_values, .gradient = [](const CustomGradient& g) {
                              return std::vector<Var>{g.dy() / square(1.0 + abs(g.input(0)))};
                            }}};
  return op(x);
}

/// Matrices and biases, whatever they are for.
struct Weights {
  std::vector<Parameter> all;

  template <class Visitor>
  void visit(Visitor&& v) {
    v("all", all);
  }
};

Weights weights(const std::vector<Shape>& shapes, double stddev, DType dtype) {
  Rng rng{3};
  Weights made;
  for (const Shape& shape : shapes) {
    made.all.emplace_back("p" + std::to_string(made.all.size()),
                          Tensor::normal(shape, rng, {.stddev = stddev, .dtype = dtype}));
  }
  return made;
}

void run_gradient_check(const TapeOptions& options, Notes& notes) {
  const Weights p = weights({{4, 30}, {4, 1}, {1, 4}, {1, 1}}, 0.5, DType::f64);
  const Training how{20, 20, {.learning_rate = 0.5}};
  const auto cost = [&p](Tape& tape, const data::Batch& batch) {
    const Var A1 = softsign(matmul(p.all[0], tape.constant(batch.x)) + p.all[1]);
    return binary_cross_entropy(sigmoid(matmul(p.all[2], A1) + p.all[3]), batch.y);
  };
  train(p, cost, draw(30, 1, how.examples, Target::yes_or_no, DType::f64), how, options, notes);
}

/// An LSTM of primitive operations that sees the same batch at every one of its steps.
void run_lstm(const TapeOptions& options, Notes& notes) {
  constexpr std::int64_t n = 24;
  const Weights p = weights({{4 * n, n}, {4 * n, n}, {4 * n, 1}}, 0.2, DType::f32);
  const Training how{40, 16, {.learning_rate = 0.01}};
  const auto cost = [&p](Tape& tape, const data::Batch& batch) {
    const Var x = tape.constant(batch.x);
    Var h = tape.constant(Tensor::zeros({n, batch.examples()})), c = h;
    for (int t = 0; t < 8; ++t) {
      const Var z = matmul(p.all[0], x) + matmul(p.all[1], h) + p.all[2];
      const auto gate = [&](std::int64_t which) {
        return slice(z, {.axis = 0, .start = which * n, .stop = (which + 1) * n});
      };
      c = sigmoid(gate(1)) * c + sigmoid(gate(0)) * tanh(gate(2));
      h = sigmoid(gate(3)) * tanh(c);
    }
    return mean_squared_error(h, batch.y);
  };
  train(p, cost, draw(n, n, how.examples, Target::numbers, DType::f32), how, options, notes);
}

}  // namespace

void report_nets(Report& report) {
  const auto section = [&report](std::string_view name, const Program& program) {
    report.run(name, program);
    report.end_section(name);
  };
  for (const NetOfExample& example : deep_nets()) {
    section(example.name, [&](const TapeOptions& options, Notes& notes) { run_deep_net(example, options, notes); });
  }
  section("logistic_regression, by the tape", run_logistic_regression);
  section("logistic_regression, by formulas", run_vectorised);
  section("logistic_regression, as a stream", run_stream);
  section("churn, logistic regression", run_churn_regression);
  section("gradient_check, an op of the user's own", run_gradient_check);
  section("lstm", run_lstm);
}

}  // namespace digest
