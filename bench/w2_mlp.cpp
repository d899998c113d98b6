// W2: one step of the MLP 784-512-512-10 (ReLU, softmax cross-entropy, gradient descent), against nothing but the eight
// products of matrices in it, as oneDNN computes them.

#include <cstdint>
#include <memory>
#include <vector>

#include <fmt/core.h>
#include <capstan/capstan.hpp>

#include "peer/peer.hpp"
#include "support/onednn_product.hpp"
#include "support/tensors.hpp"

using namespace capstan;

namespace {

constexpr std::int64_t inputs = 784, width = 512, classes = 10;
constexpr double learning_rate = 0.01;

/// The products of one step: three forward, three for the weights' gradients, two for the layers below.
bench::Contestant bare_products(std::int64_t m) {
  using P = bench::OnednnProduct;
  std::vector<P> products;
  products.emplace_back(width, m, inputs, P::Layout::normal, P::Layout::transposed);
  products.emplace_back(width, m, width, P::Layout::normal, P::Layout::normal);
  products.emplace_back(classes, m, width, P::Layout::normal, P::Layout::normal);
  products.emplace_back(classes, width, m, P::Layout::normal, P::Layout::transposed);
  products.emplace_back(width, width, m, P::Layout::normal, P::Layout::transposed);
  products.emplace_back(width, inputs, m, P::Layout::normal, P::Layout::normal);
  products.emplace_back(width, m, classes, P::Layout::transposed, P::Layout::normal);
  products.emplace_back(width, m, width, P::Layout::transposed, P::Layout::normal);
  const auto shared = std::make_shared<std::vector<P>>(std::move(products));
  return {[shared] {
            for (P& product : *shared) product.run();
          },
          {}};
}

struct Training {
  models::DeepNet net{{.layers = {inputs, width, width, classes}, .output = Activation::softmax, .seed = 1}};
  optim::Sgd descent{parameters(net), {.learning_rate = learning_rate}};
  Tape tape;
};

bench::Contestant ours(const std::shared_ptr<Training>& training, const Tensor& x, const Tensor& labels) {
  const auto step = [training, x, labels] {
    auto& [net, descent, tape] = *training;
    tape.rewind();
    descent.step(tape.backward(net.cost(tape.constant(x), labels)));
  };
  return {step, [training] {
            bench::Results results;
            for (const Parameter& p : parameters(training->net)) results.push_back(bench::floats(p.value()));
            return results;
          }};
}

std::vector<bench::Record> measure_batch(const bench::Options& options, std::int64_t m) {
  Rng rng{2};
  const Tensor x = Tensor::normal({m, inputs}, rng);
  Tensor labels = Tensor::zeros({m}, DType::i32);
  for (std::int64_t i = 0; i < m; ++i) labels.set({i}, static_cast<double>(i % classes));
  const auto training = std::make_shared<Training>();
  bench::Classifier work{.examples = m,
                         .layers = {inputs, width, width, classes},
                         .parameters = {},
                         .x = x.data<float>(),
                         .labels = labels.data<std::int32_t>(),
                         .learning_rate = static_cast<float>(learning_rate)};
  for (const Parameter& p : parameters(training->net)) work.parameters.push_back(p.value().data<float>());
  return bench::measure(options, {.name = "W2", .unit = "ms", .per_second = 1e3}, ours(training, x.transpose(), labels),
                        {{.variant = fmt::format("MLP 784-512-512-10, batch {}", m),
                          .target = m < 128 ? 1.2 : 1.1,
                          .floor_name = "eight bare oneDNN products",
                          .floor = bare_products(m),
                          .peer_name = bench::peer::name(options.threads),
                          .peer = bench::peer::classifier(work)}});
}

std::vector<bench::Record> measure(const bench::Options& options) {
  std::vector<bench::Record> records;
  for (const std::int64_t m : {32, 128, 512}) {
    for (const bench::Record& record : measure_batch(options, m)) records.push_back(record);
  }
  return records;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv, "W2: a training step of an MLP against the bare oneDNN products in it", measure);
}
