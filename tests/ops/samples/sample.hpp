// The table of samples: at least one line for every operation, from which the tests of this folder make their cases –
// gradients of first and second order, float against double, eager against planned. An elementwise operation's line is
// complete with the numbers that its inputs may be; a line of any other operation also says the inputs' shapes:
//
//   {"exp", {between(-2, 2)}, [](In x) { return exp(x[0]); }},
//   {"sum", {{between(-2, 2), {3, 4}}}, [](In x) { return sum(x[0], {.axis = -1}); }},
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/graph/var.hpp>
#include <capstan/tensor/tensor.hpp>

namespace samples {

using In = std::span<const capstan::Var>;

/// How the numbers of an input are drawn. Kinks must be kept away from by more than a check's steps, 0.01.
struct Numbers {
  enum class Kind {
    between,  ///< anywhere between low and high
    away,     ///< of either sign, the magnitude between low and high
    apart     ///< no two alike, nor like those of another input, nor whole, nor halfway between whole numbers
  };
  Kind kind;
  double low;
  double high;
};

constexpr Numbers between(double low, double high) { return {Numbers::Kind::between, low, high}; }
constexpr Numbers away(double low, double high) { return {Numbers::Kind::away, low, high}; }
constexpr Numbers apart() { return {Numbers::Kind::apart, 0.0, 0.0}; }

struct Input {
  Input(const Numbers& drawn) : numbers{drawn} {}
  Input(const Numbers& drawn, std::initializer_list<std::int64_t> extents) : numbers{drawn}, shape{extents} {}

  Numbers numbers;
  std::optional<capstan::Shape> shape;  ///< none: the operation is elementwise and takes any
};

struct Sample {
  std::string_view op;  ///< the operation's name: that of the public function
  std::vector<Input> inputs;
  capstan::Var (*function)(In);
};

const std::vector<Sample>& elementwise();
const std::vector<Sample>& shaped();  ///< reductions, views, products, softmax, …
const std::vector<Sample>& losses();
const std::vector<Sample>& contractions();  ///< by letters
const std::vector<Sample>& convolutions();
const std::vector<Sample>& images();  ///< windows, padding, pooling, other sizes

/// How an input lies in memory when the operation sees it. The views are recorded on the tape, so that gradients pass
/// through them.
enum class Lay { plain, transposed, sliced, broadcast };

/// A sample with inputs of certain shapes that lie in a certain way.
struct Case {
  const Sample* sample;
  std::vector<capstan::Shape> shapes;  ///< as the operation sees them
  Lay lay;
  std::vector<capstan::Tensor> inputs;  ///< row-major, f64

  /// The operation, of views of the inputs.
  capstan::Var operator()(In x) const;
  std::string name() const;
};

/// Every sample with every combination of shapes – equal, rows, columns, numbers, higher rank, sizes 0 and 1 – and
/// every lay that it can have.
const std::vector<Case>& cases();

/// Every elementwise sample of arrays large enough to be cut into blocks for threads: equal ones, and a row with a
/// column.
std::vector<Case> large_cases();

/// Random numbers for the gradient of an output; multiples of 1/8, so that f32 holds them too.
capstan::Tensor cotangent(const capstan::Shape& shape, std::uint64_t seed);

/// The value, and the gradient of every input with a cotangent: none on a tape for inference.
struct Results {
  capstan::Tensor value;
  std::vector<capstan::Tensor> gradients;
};
Results results(const Case& sample, const std::vector<capstan::Tensor>& inputs,
                const capstan::TapeOptions& options = {});
/// The same on a tape that differentiates, with the leaves that stand for the inputs.
Results results(const Case& sample, In x, capstan::Tape& tape);

}  // namespace samples
