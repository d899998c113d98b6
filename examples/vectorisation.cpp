// Vectorisation: the same numbers by loops and by one product, and how many times quicker the product is.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <capstan/capstan.hpp>

#include <fmt/core.h>

#include "support/program.hpp"

using namespace capstan;

namespace {

struct Options {
  std::int64_t length = 1'000'000;
  std::int64_t units = 256;
  std::int64_t features = 784;
  std::int64_t examples = 500;
  std::int64_t rounds = 15;
  std::uint64_t seed = 1;
};

using Way = std::function<Tensor()>;

double milliseconds(const Way& way) {
  const auto start = std::chrono::steady_clock::now();
  (void)way();
  return 1e3 * std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> numbers) {
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
  std::nth_element(numbers.begin(), middle, numbers.end());
  return *middle;
}

/// Checks that both ways give the same, then times them in turn, so that whatever else the machine does hits both.
bool compare(const std::string& what, const Way& loop, const Way& product, const Options& options) {
  Tape tape{{.inference = true}};
  const double apart = max(abs(tape.constant(loop()) - product())).item();
  std::vector<double> slow, quick, ratio;
  for (std::int64_t round = 0; round < options.rounds; ++round) {
    slow.push_back(milliseconds(loop));
    quick.push_back(milliseconds(product));
    ratio.push_back(slow.back() / quick.back());
  }
  fmt::print("{:<52} {:>9.3f} {:>9.3f} {:>7.1f}   {:.0e}\n", what, median(slow), median(quick), median(ratio), apart);
  return apart < 1e-9;
}

/// z = wᵀx, in the notes np.dot(w, x).
Tensor dot_by_loop(const Tensor& w, const Tensor& x) {
  const auto a = w.data<double>(), b = x.data<double>();
  double z = 0.0;
  for (std::size_t j = 0; j < a.size(); ++j) z += a[j] * b[j];
  return Tensor::scalar(z, DType::f64);
}

/// Z = WX by three loops, the innermost one along rows, so that the compiler can vectorise it.
Tensor product_by_loops(const Tensor& W, const Tensor& X) {
  const std::int64_t n1 = W.shape()[0], n = W.shape()[1], m = X.shape()[1];
  Tensor Z = Tensor::zeros({n1, m}, DType::f64);
  const auto w = W.data<double>(), x = X.data<double>();
  const auto z = Z.mutable_data<double>();
  for (std::int64_t i = 0; i < n1; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      for (std::int64_t k = 0; k < m; ++k) z[i * m + k] += w[i * n + j] * x[j * m + k];
    }
  }
  return Z;
}

bool vectorisation(const Options& options) {
  Rng rng{options.seed};
  const NormalOptions numbers{.dtype = DType::f64};
  const Tensor w = Tensor::normal({options.length}, rng, numbers), x = Tensor::normal({options.length}, rng, numbers);
  const Tensor W = Tensor::normal({options.units, options.features}, rng, numbers);
  const Tensor X = Tensor::normal({options.features, options.examples}, rng, numbers);
  Tape tape{{.inference = true}};

  const auto product = [&tape](const Tensor& a, const Tensor& b) {
    tape.rewind();
    return matmul(tape.constant(a), b).value();
  };
  const auto one_by_one = [&] {  // the layer for each example by itself, on the tape
    Tensor Z = Tensor::empty({options.units, options.examples}, DType::f64);
    for (std::int64_t i = 0; i < options.examples; ++i) {
      const SliceOptions column{.axis = 1, .start = i, .stop = i + 1};
      Z.slice(column).assign(product(W, X.slice(column)));
    }
    return Z;
  };

  fmt::print("{:<52} {:>9} {:>9} {:>7}   {}\n", "milliseconds (medians)", "loop", "matmul", "ratio", "apart");
  bool equal = compare(
      fmt::format("z = wᵀx, {} numbers: a loop", options.length), [&] { return dot_by_loop(w, x); },
      [&] { return product(w, x); }, options);
  equal &= compare(
      fmt::format("Z = WX, {} with {}: three loops", W.shape(), X.shape()), [&] { return product_by_loops(W, X); },
      [&] { return product(W, X); }, options);
  equal &= compare("the same: matmul for each example, one by one", one_by_one, [&] { return product(W, X); }, options);
  fmt::print("\nBoth ways are {}equal to 1e-9, in double.\n", equal ? "" : "NOT ");
  return equal;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Loops against matmul: checks that the results are equal and prints the ratio of the times.",
               "vectorisation"};
  app.add_option("--length", options.length, "of the vectors w and x")
      ->check(examples::positive())
      ->capture_default_str();
  app.add_option("--units", options.units, "rows of W")->check(examples::positive())->capture_default_str();
  app.add_option("--features", options.features, "columns of W")->check(examples::positive())->capture_default_str();
  app.add_option("--examples", options.examples, "columns of X")->check(examples::positive())->capture_default_str();
  app.add_option("--rounds", options.rounds, "measurements of each")
      ->check(examples::positive())
      ->capture_default_str();
  app.add_option("--seed", options.seed, "of the numbers")->capture_default_str();
  return examples::run(app, argc, argv, [&] { return vectorisation(options); });
}
