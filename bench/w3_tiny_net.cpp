// W3: one step of the MLP 2-16-16-1 (tanh, mean squared error, gradient descent) on four examples: what a step costs
// where there is next to nothing to compute.

#include <memory>

#include <capstan/capstan.hpp>

#include "floors/floors.hpp"
#include "peer/peer.hpp"
#include "support/tensors.hpp"

using namespace capstan;

namespace {

constexpr double learning_rate = 0.01;

struct Training {
  models::DeepNet net{
      {.layers = {2, 16, 16, 1}, .hidden = Activation::tanh, .output = Activation::identity, .seed = 1}};
  optim::Sgd descent{parameters(net), {.learning_rate = learning_rate}};
  Tape tape;
};

bench::Contestant ours(const std::shared_ptr<Training>& training, const Tensor& x, const Tensor& y) {
  const auto step = [training, x, y] {
    auto& [net, descent, tape] = *training;
    tape.rewind();
    descent.step(tape.backward(net.cost(tape.constant(x), y)));
  };
  return {step, [training] {
            bench::Results results;
            for (const Parameter& p : parameters(training->net)) results.push_back(bench::floats(p.value()));
            return results;
          }};
}

std::vector<bench::Record> measure(const bench::Options& options) {
  const Tensor x = Tensor::from({-1.0F, -1.0F, -1.0F, 1.0F, 1.0F, -1.0F, 1.0F, 1.0F}, {4, 2});
  const Tensor y = Tensor::from({-1.0F, 1.0F, 1.0F, -1.0F}, {1, 4});
  const auto training = std::make_shared<Training>();
  bench::TinyNet work{
      .parameters = {}, .x = x.data<float>(), .y = y.data<float>(), .learning_rate = static_cast<float>(learning_rate)};
  for (const Parameter& p : parameters(training->net)) work.parameters.push_back(p.value().data<float>());
  return bench::measure(options, {.name = "W3", .unit = "µs", .per_second = 1e6}, ours(training, x.transpose(), y),
                        {{.variant = "MLP 2-16-16-1, batch 4",
                          .target = 1.5,
                          .absolute = true,
                          .floor_name = "the arithmetic, by hand",
                          .floor = bench::floors::tiny_net(work),
                          .peer_name = bench::peer::name(options.threads),
                          .peer = bench::peer::tiny_net(work)}});
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv, "W3: a training step of a tiny MLP against its arithmetic", measure);
}
