// A deep net learns to tell ten kinds of clothes apart (Fashion-MNIST): the demonstration that `./dev demo` runs.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include <capstan/capstan.hpp>

#include <fmt/core.h>

#include "support/program.hpp"

using namespace capstan;

namespace {

struct Options {
  std::string directory = CAPSTAN_EXAMPLES_FASHION_MNIST;
  std::vector<std::int64_t> hidden{256, 128};
  std::int64_t epochs = 15;
  std::int64_t batch = 128;
  std::int64_t examples = 0;
  double alpha = 0.05;
  double decay = 1e-4;
  std::uint64_t seed = 1;
  double expect = 0.885;
  std::string save, load;
};

constexpr std::int64_t classes = 10;

// The first m examples of a set, as a view.
data::Dataset first(const data::Dataset& set, std::int64_t m) {
  data::Dataset part = set;
  part.x = set.x.slice({.axis = 1, .stop = m});
  part.y = set.y.slice({.axis = 0, .stop = m});
  return part;
}

models::DeepNet make_net(std::int64_t n_x, const Options& options) {
  std::vector<std::int64_t> layers{n_x};  // n_x, n1, …, and a unit for each class
  layers.insert(layers.end(), options.hidden.begin(), options.hidden.end());
  layers.push_back(classes);
  return models::DeepNet{{.layers = layers,
                          .hidden = Activation::relu,
                          .output = Activation::softmax,
                          .init = init::he(),
                          .seed = options.seed}};
}

/// Mini-batch gradient descent with momentum. The learning rate falls along a line to 0: wide steps first, then fine ones.
void train(const models::DeepNet& net, const data::Split& clothes, const Options& options) {
  data::Batches batches =
      data::batches(clothes.train, {.batch_size = options.batch, .shuffle = true, .seed = options.seed});
  optim::Sgd descent{parameters(net), {.learning_rate = options.alpha, .momentum = 0.9, .weight_decay = options.decay}};
  train::Progress progress{{.file = stdout}};
  Tape tape;
  for (std::int64_t epoch = 0; epoch < options.epochs; ++epoch) {
    const auto start = std::chrono::steady_clock::now();
    const std::string label = fmt::format("epoch {:>2}/{}", epoch + 1, options.epochs);
    progress.start(label, batches.size());
    std::int64_t step = 0;
    double sum = 0.0;
    for (const data::Batch& batch : batches) {
      tape.rewind();  // the step is recorded over the last one, which it repeats
      const Var J = net.cost(tape.constant(batch.x), batch.y);
      const Gradients d = tape.backward(J);
      const double part = static_cast<double>(epoch) + static_cast<double>(step) / static_cast<double>(batches.size());
      descent.set_learning_rate(options.alpha * (1.0 - part / static_cast<double>(options.epochs)));
      descent.step(d);
      sum += J.item() * static_cast<double>(batch.examples());
      progress.update(++step, "J", J.item());
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    progress.finish(fmt::format("{}  J {:.4f}  test accuracy {:.4f}  {:.1f} s", label,
                                sum / static_cast<double>(clothes.train.examples()), train::accuracy(net, clothes.test),
                                seconds.count()));
  }
}

/// Tests a net that was saved, and says what it was saved with.
bool test_saved(const data::Split& clothes, const Options& options) {
  const models::DeepNet net = io::load_deep_net(options.load);
  fmt::print("{}\n\n", models::summary(net));
  const double accuracy = train::accuracy(net, clothes.test);
  const io::Metadata metadata = io::load_safetensors(options.load).metadata();
  const auto saved = metadata.find("test accuracy");
  fmt::print("saved with test accuracy {}\n", saved == metadata.end() ? "that it does not say" : saved->second);
  return examples::reached("test accuracy", accuracy, options.expect);
}

void save(const models::DeepNet& net, const data::Split& clothes, const Options& options) {
  if (options.save.empty()) return;
  io::save(net, options.save,
           {.metadata = {{"test accuracy", fmt::format("{:.4f}", train::accuracy(net, clothes.test))},
                         {"trained on", fmt::format("{} examples of Fashion-MNIST", clothes.train.examples())}}});
  fmt::print("the net is in {}\n", options.save);
}

bool deep_net(const Options& options) {
  data::Split clothes = data::load_idx_directory(options.directory, {.classes = classes});  // pixels in [0, 1]
  if (options.examples > 0 && options.examples < clothes.train.examples()) {
    clothes.train = first(clothes.train, options.examples);
  }
  fmt::print("X {}: m = {} to learn from, m_test = {} held back\n\n", clothes.train.x.shape(), clothes.train.examples(),
             clothes.test.examples());
  if (!options.load.empty()) return test_saved(clothes, options);
  const models::DeepNet net = make_net(clothes.train.x.shape()[0], options);
  fmt::print("{}\n\n", models::summary(net));
  train(net, clothes, options);
  save(net, clothes, options);
  return examples::reached("test accuracy", train::accuracy(net, clothes.test), options.expect);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Trains a deep net on Fashion-MNIST and reports its accuracy on the test set.", "deep_net"};
  app.add_option("directory", options.directory, "folder of the four IDX files, plain or .gz")->capture_default_str();
  app.add_option("--hidden", options.hidden, "units of the hidden layers")
      ->check(examples::positive())
      ->capture_default_str();
  app.add_option("--epochs", options.epochs, "passes over the training set")
      ->check(examples::positive())
      ->capture_default_str();
  app.add_option("--batch", options.batch, "examples in a mini-batch")
      ->check(examples::positive())
      ->capture_default_str();
  app.add_option("--examples", options.examples, "learn from the first so many only; 0 for all")
      ->check(examples::not_negative())
      ->capture_default_str();
  app.add_option("--learning-rate", options.alpha, "alpha, at the start")->capture_default_str();
  app.add_option("--weight-decay", options.decay, "lambda")->capture_default_str();
  app.add_option("--seed", options.seed, "of the weights and the order of the examples")->capture_default_str();
  app.add_option("--expect", options.expect, "exit with 1 below this test accuracy")->capture_default_str();
  app.add_option("--save", options.save, "file to write the net to, once it is trained");
  app.add_option("--load", options.load, "file of a net to test in place of training one")->excludes("--save");
  return examples::run(app, argc, argv, [&] { return deep_net(options); });
}
