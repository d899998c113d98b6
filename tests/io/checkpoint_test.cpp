#include <capstan/capstan.hpp>

#include "catch.hpp"
#include "data/files.hpp"
#include "safetensors_text.hpp"
#include "same_bits.hpp"

using namespace capstan;
using Catch::Contains;

namespace {

struct Loop {
  models::DeepNet net;
  optim::Sgd descent;
  Rng rng{11};
  Tape tape;

  explicit Loop(std::uint64_t seed, double momentum = 0.9)
      : net{{.layers = {3, 5, 1}, .seed = seed}},
        descent{parameters(net), {.learning_rate = 0.1, .momentum = momentum}} {}

  io::CheckpointState state() { return {named_state(net), &descent, {{"rng", &rng}}}; }

  void step() {
    Tensor x = Tensor::normal({3, 8}, rng);
    (void)rng.normal();  // leaves one of a pair
    const Tensor y = Tensor::full({1, 8}, rng.uniform() > 0.5 ? 1.0 : 0.0);
    tape.rewind();
    descent.step(tape.backward(net.cost(tape.constant(x), y)));
    descent.set_learning_rate(descent.learning_rate() * 0.99);
  }
};

bool equal_state(const Loop& a, const Loop& b) {
  return same_bits(a.net.W(1).value(), b.net.W(1).value()) && same_bits(a.net.b(2).value(), b.net.b(2).value()) &&
         a.descent.learning_rate() == b.descent.learning_rate();
}

}  // namespace

TEST_CASE("a loop of one's own goes on from a checkpoint to the same bits") {
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "x";
  Loop whole{1};
  for (int i = 0; i < 20; ++i) whole.step();
  for (int at = 0; at < 20; at += 3) {
    Loop first{1}, second{2};
    for (int i = 0; i < at; ++i) first.step();
    io::save_checkpoint(file, first.state(),
                        {.values = {{"step", fmt::format("{}", at)}}, .tensors = {{"t", Tensor::ones({2})}}});
    second.step();
    const io::CheckpointExtras found = io::load_checkpoint(file, second.state());
    CHECK(found.values.at("step") == fmt::format("{}", at));
    CHECK(found.tensors.at("t").storage()->owned());
    for (int i = at; i < 20; ++i) second.step();
    CHECK(equal_state(whole, second));
  }
}

TEST_CASE("a checkpoint of other parts is refused, and nothing is written") {
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "x";
  Loop saved{1};
  saved.step();
  io::save_checkpoint(file, saved.state());
  Loop model{2}, before{2};
  const auto refuses = [&](const io::CheckpointState& state, const std::string& text) {
    CHECK_THROWS_AS(io::load_checkpoint(file, state), IoError);
    CHECK_THROWS_WITH(io::load_checkpoint(file, state), Contains(text));
    CHECK(equal_state(model, before));
    CHECK(model.rng.position() == before.rng.position());
  };
  io::CheckpointState state = model.state();
  state.generators = {{"other", &model.rng}};
  refuses(state, "no generator \"other\"");
  state = model.state();
  state.generators.clear();
  refuses(state, "has a generator \"rng\", which is not given");
  state = model.state();
  state.optimizer = nullptr;
  refuses(state, "holds an optimizer, and none is given");
  state = model.state();
  state.model.pop_back();
  refuses(state, "left over: \"parameter.b2\"");
  Loop slower{2, 0.5};
  state.optimizer = &slower.descent;
  refuses(state, "here: Sgd, momentum 0.5");
  models::DeepNet wide{{.layers = {3, 6, 1}}};
  refuses({named_state(wide), &model.descent, {{"rng", &model.rng}}}, "another shape: \"parameter.W1\"");
}

TEST_CASE("any flipped bit of a checkpoint is found") {
  const test::Folder folder;
  models::LogisticRegression model{{.inputs = 2}};
  const io::CheckpointState state{named_state(model)};
  io::save_checkpoint(folder.path() / "x", state, {.values = {{"step", "7"}}});
  const std::string whole = test::content_of(folder.path() / "x");
  std::size_t missed = 0;
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    const std::filesystem::path file = folder.write("y", damaged);
    try {
      (void)io::load_checkpoint(file, state);
      ++missed;
    } catch (const IoError&) {
    }
  }
  CHECK(missed == 0);
}

TEST_CASE("a model's file is no checkpoint") {
  const test::Folder folder;
  models::LogisticRegression model{{.inputs = 2}};
  io::save(model, folder.path() / "x");
  CHECK_THROWS_WITH(io::load_checkpoint(folder.path() / "x", {named_state(model)}), Contains("is no checkpoint"));
}
