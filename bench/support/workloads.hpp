// The workloads as all contestants get them: the sizes, and the numbers to start from. Memory is row-major and
// belongs to the program; examples are rows, as they lie in a file. A step is everything from recording to the last
// gradient, and to the updated parameters where there is a learning rate.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace bench {

using Floats = std::span<const float>;

/// W1. Logistic regression on all examples at once: mean binary cross-entropy of logits x·w + b, one step of gradient
/// descent. w and b start at 0. Results: w, b.
struct LogisticRegression {
  std::int64_t examples, features;
  Floats x;  ///< (examples, features)
  Floats y;  ///< (examples), 0 or 1
  float learning_rate;
};

/// W2. Layers with ReLU between them, mean softmax cross-entropy, one step of gradient descent on one batch.
/// Results: W1, b1, W2, …
struct Classifier {
  std::int64_t examples;
  std::vector<std::int64_t> layers;
  std::vector<Floats> parameters;  ///< W1 (n1, n0), b1 (n1), W2, …: where they start
  Floats x;                        ///< (examples, n0)
  std::span<const std::int32_t> labels;
  float learning_rate;
};

/// W3. Layers 2-16-16-1 with tanh between them, mean squared error, one step of gradient descent on one batch.
/// Results: W1, b1, W2, …
struct TinyNet {
  static constexpr int examples = 4, inputs = 2, width = 16;
  std::vector<Floats> parameters;  ///< W1 (16, 2), b1 (16), W2 (16, 16), b2, W3 (1, 16), b3
  Floats x;                        ///< (4, 2)
  Floats y;                        ///< (4)
  float learning_rate;
};

/// W4. x := tanh(a·x + b), elementwise, `links` times; backward from the sum of the last x. Results: da, db, dx.
struct Chain {
  std::int64_t side, links;  ///< a, b and x are (side, side)
  Floats a, b, x;
};

/// W5. Four rounds of: times W, plus row b, activation, times W, activation; the activations are sigmoid, tanh, ReLU and
/// leaky ReLU (0.01) in turn. Backward from the sum. Results: dx, dW, db.
struct Elementwise {
  std::int64_t rows, columns;
  Floats x, w;  ///< (rows, columns)
  Floats b;     ///< (columns)
};

/// W6. An LSTM over all steps; backward from the sum of the last h. h and c start at 0. Gates are stacked: input,
/// forget, cell, output. Results: dWx, dWh, db.
struct Lstm {
  std::int64_t hidden, steps, batch;  ///< as many inputs as hidden units
  Floats wx, wh;                      ///< (4·hidden, hidden)
  Floats b;                           ///< (4·hidden)
  Floats x;                           ///< (steps, batch, hidden)
};

/// The update of parameters alone: p −= learning rate · dp. Results: the parameters.
struct Descent {
  std::vector<Floats> parameters, gradients;  ///< where they start, and what stays the same in every step
  float learning_rate;
};

/// The same by Adam, with β₁ = 0.9, β₂ = 0.999 and ε = 1e-8.
struct AdamDescent : Descent {};

}  // namespace bench
