// W2: one step of the MLP 784-512-512-10 (ReLU, softmax cross-entropy, gradient descent), against nothing but the eight
// products of matrices in it, as oneDNN computes them.

#include <cstdint>
#include <memory>
#include <vector>

#include <fmt/core.h>
#include <capstan/capstan.hpp>

#include "peer/peer.hpp"
#include "support/measure.hpp"
#include "support/mlp.hpp"
#include "support/onednn_product.hpp"
#include "support/tensors.hpp"

using namespace capstan;

namespace {

constexpr std::int64_t inputs = bench::Mlp::inputs, width = bench::Mlp::width, classes = bench::Mlp::classes;

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

bench::Contestant ours(const std::shared_ptr<bench::Mlp>& mlp, const bench::MlpBatch& batch) {
  const auto results = [mlp] {
    bench::Results values;
    for (const Parameter& p : parameters(mlp->net)) values.push_back(bench::floats(p.value()));
    return values;
  };
  return {training_step(mlp, batch), results};
}  // The analyser loses sight of what a std::function owns. NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks)

std::vector<bench::Record> measure_batch(const bench::Options& options, std::int64_t m) {
  const bench::MlpBatch batch{m};
  const auto mlp = std::make_shared<bench::Mlp>(options.threads);
  bench::Classifier work{.examples = m,
                         .layers = {inputs, width, width, classes},
                         .parameters = {},
                         .x = batch.x.data<float>(),
                         .labels = batch.labels.data<std::int32_t>(),
                         .learning_rate = static_cast<float>(bench::Mlp::learning_rate)};
  for (const Parameter& p : parameters(mlp->net)) work.parameters.push_back(p.value().data<float>());
  return bench::measure(options, {.name = "W2", .unit = "ms", .per_second = 1e3}, ours(mlp, batch),
                        {{.variant = fmt::format("MLP 784-512-512-10, batch {}", m),
                          .target = m < 128 ? 1.2 : 1.1,
                          .floor_name = "eight bare oneDNN products",
                          .floor = bare_products(m),
                          .peer_name = bench::peer::name(options.threads),
                          .peer = bench::peer::classifier(work)}});
}

/// Two threads against one.
bench::Record measure_threads(const bench::Options& options, std::int64_t m) {
  const bench::MlpBatch batch{m};
  const auto step = [&batch](int threads) { return training_step(std::make_shared<bench::Mlp>(threads), batch); };
  set_threads(2);
  const bench::Timing t = bench::compare(options.quick, step(2), step(1));
  set_threads(options.threads);
  return {.workload = "W2",
          .variant = fmt::format("batch {}, on two threads", m),
          .threads = 2,
          .unit = "ms",
          .ours = t.ours * 1e3,
          .floor = t.floor * 1e3,
          .ratio_floor = t.ratio,
          .target = 0.588,
          .floor_name = "ours on one thread"};
}

std::vector<bench::Record> measure(const bench::Options& options) {
  std::vector<bench::Record> records;
  for (const std::int64_t m : {32, 128, 512}) {
    for (const bench::Record& record : measure_batch(options, m)) records.push_back(record);
  }
  if (options.threads > 1) return records;
  for (const std::int64_t m : {128, 512}) records.push_back(measure_threads(options, m));
  return records;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv, "W2: a training step of an MLP against the bare oneDNN products in it", measure);
}
