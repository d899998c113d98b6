// One step of the MLP 784-512-512-10 (ReLU, softmax cross-entropy, gradient descent) on one thread, against nothing but
// the eight products of matrices in it, as oneDNN computes them.

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include <fmt/core.h>
#include <omp.h>

#include <capstan/capstan.hpp>

#include "support/measure.hpp"
#include "support/onednn_product.hpp"
#include "support/report.hpp"

using namespace capstan;

namespace {

constexpr std::int64_t inputs = 784, width = 512, classes = 10;

/// The products of one step: three forward, three for the weights' gradients, two for the layers below.
std::vector<bench::OnednnProduct> bare_products(std::int64_t m) {
  using P = bench::OnednnProduct;
  std::vector<P> products;
  products.emplace_back(width, m, inputs, P::Layout::normal, P::Layout::normal);
  products.emplace_back(width, m, width, P::Layout::normal, P::Layout::normal);
  products.emplace_back(classes, m, width, P::Layout::normal, P::Layout::normal);
  products.emplace_back(classes, width, m, P::Layout::normal, P::Layout::transposed);
  products.emplace_back(width, width, m, P::Layout::normal, P::Layout::transposed);
  products.emplace_back(width, inputs, m, P::Layout::normal, P::Layout::transposed);
  products.emplace_back(width, m, classes, P::Layout::transposed, P::Layout::normal);
  products.emplace_back(width, m, width, P::Layout::transposed, P::Layout::normal);
  return products;
}

/// Whether oneDNN and matmul agree on W·x.
bool agree(std::int64_t m) {
  Rng rng{5};
  const Tensor w = Tensor::normal({width, inputs}, rng), x = Tensor::normal({inputs, m}, rng);
  bench::OnednnProduct product{width, m, inputs, bench::OnednnProduct::Layout::normal,
                               bench::OnednnProduct::Layout::normal};
  product.set(w.data<float>(), x.data<float>());
  product.run();
  Tape tape;
  const Tensor ours = matmul(tape.constant(w), x).value();
  for (std::int64_t i = 0; i < width * m; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (std::fabs(ours.data<float>()[at] - product.result()[at]) > 1e-3) return false;
  }
  return true;
}

bench::Record measure(std::int64_t m, bool quick) {
  models::DeepNet net{{.layers = {inputs, width, width, classes}, .output = Activation::softmax, .seed = 1}};
  optim::Sgd descent{parameters(net), {.learning_rate = 0.01}};
  Rng rng{2};
  const Tensor x = Tensor::normal({inputs, m}, rng);
  Tensor labels = Tensor::zeros({m}, DType::i32);
  for (std::int64_t i = 0; i < m; ++i) labels.set({i}, static_cast<double>(i % classes));

  Tape tape;
  const auto step = [&] {
    tape.rewind();
    const Var cost = net.cost(tape.constant(x), labels);
    descent.step(tape.backward(cost));
  };
  std::vector<bench::OnednnProduct> products = bare_products(m);
  const auto floor = [&] {
    for (bench::OnednnProduct& product : products) product.run();
  };
  const bench::Timing t = bench::compare(quick, step, floor);
  return {.workload = "W2",
          .variant = fmt::format("MLP 784-512-512-10, batch {}", m),
          .threads = 1,
          .unit = "ms",
          .ours = t.ours * 1e3,
          .floor = t.floor * 1e3,
          .ratio_floor = t.ratio,
          .target = 1.35,
          .floor_name = "eight bare oneDNN products"};
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Options options = bench::parse_options(
      argc, argv, "One training step of an MLP against the bare oneDNN products in it, on one thread");
  omp_set_num_threads(1);
  if (!agree(128)) {
    fmt::print(stderr, "matmul and oneDNN do not agree\n");
    return 1;
  }
  std::vector<bench::Record> records;
  for (const std::int64_t m : {128, 32, 512}) records.push_back(measure(m, options.quick));
  return bench::finish(options, records);
}
