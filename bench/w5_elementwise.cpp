// W5: twenty elementwise operations on 1024×1024 numbers, their sum, and the gradients: one pass over memory would do.

#include <memory>
#include <vector>

#include <capstan/capstan.hpp>

#include "floors/floors.hpp"
#include "peer/peer.hpp"
#include "support/tensors.hpp"

using namespace capstan;

namespace {

bench::Contestant ours(const Tensor& x, const Tensor& w, const Tensor& b) {
  const auto tape = std::make_shared<Tape>();
  const auto results = std::make_shared<std::vector<Tensor>>();
  const auto step = [tape, results, x, w, b] {
    results->clear();  // nobody holds the last step's gradients
    tape->rewind();
    const Var vx = tape->variable(x), vw = tape->variable(w), vb = tape->variable(b);
    Var h = tanh(sigmoid(vx * vw + vb) * vw);
    h = leaky_relu(relu(h * vw + vb) * vw);
    h = tanh(sigmoid(h * vw + vb) * vw);
    h = leaky_relu(relu(h * vw + vb) * vw);
    const Gradients gradients = tape->backward(sum(h));
    *results = {gradients[vx], gradients[vw], gradients[vb]};
  };
  return {step, bench::shows(results)};
}

std::vector<bench::Record> measure(const bench::Options& options) {
  const std::int64_t rows = options.quick ? 16 : 1024, columns = 1024;
  Rng rng{1};
  const Tensor x = Tensor::normal({rows, columns}, rng), w = Tensor::normal({rows, columns}, rng);
  const Tensor b = Tensor::normal({1, columns}, rng);
  const bench::Elementwise work{rows, columns, x.data<float>(), w.data<float>(), b.data<float>()};
  return bench::measure(options, {.name = "W5", .unit = "ms", .per_second = 1e3}, ours(x, w, b),
                        {{.variant = "20 elementwise ops, 1024×1024",
                          .target = 1.3,
                          .floor_name = "one pass, by hand",
                          .floor = bench::floors::elementwise_once(work),
                          .peer_name = bench::peer::name(options.threads),
                          .peer = bench::peer::elementwise(work)},
                         {.variant = "20 elementwise ops, against unfused loops",
                          .target = 0.5,
                          .floor_name = "a loop an operation, by hand",
                          .floor = bench::floors::elementwise_unfused(work)}});
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv, "W5: twenty elementwise operations and their gradients", measure);
}
