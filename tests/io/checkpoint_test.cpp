#include <capstan/capstan.hpp>
#include <capstan/data/origin.hpp>

#include <algorithm>

#include "catch.hpp"
#include "checkpoint/write.hpp"
#include "data/files.hpp"
#include "failing_system.hpp"
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

  io::CheckpointState state() { return {named_parameters(net), &descent, {{"rng", &rng}}}; }

  void step() {
    Tensor x = Tensor::normal({3, 8}, rng);
    (void)rng.normal();  // leaves one of a pair
    const Tensor y = Tensor::full({1, 8}, rng.uniform() > 0.5 ? 1.0 : 0.0);
    tape.rewind();
    descent.step(tape.backward(net.cost(tape.constant(x), y)));
    descent.set_learning_rate(descent.learning_rate() * 0.99);
  }
};

bool same(const Loop& a, const Loop& b) {
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
    CHECK(same(whole, second));
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
    CHECK(same(model, before));
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
  state.parameters.pop_back();
  refuses(state, "left over: \"parameter.b2\"");
  Loop slower{2, 0.5};
  state.optimizer = &slower.descent;
  refuses(state, "here: Sgd, momentum 0.5");
  models::DeepNet wide{{.layers = {3, 6, 1}}};
  refuses({named_parameters(wide), &model.descent, {{"rng", &model.rng}}}, "another shape: \"parameter.W1\"");
}

TEST_CASE("any flipped bit of a checkpoint is found") {
  const test::Folder folder;
  models::LogisticRegression model{{.inputs = 2}};
  const io::CheckpointState state{named_parameters(model)};
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
  CHECK_THROWS_WITH(io::load_checkpoint(folder.path() / "x", {named_parameters(model)}), Contains("is no checkpoint"));
}

TEST_CASE("two parameters of one name are refused before the old checkpoint is touched") {
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "x";
  models::LogisticRegression model{{.inputs = 2}};
  const io::CheckpointState state{named_parameters(model)};
  io::save_checkpoint(file, state);
  io::CheckpointState twins = state;
  twins.parameters.push_back(twins.parameters.front());
  CHECK_THROWS_AS(io::save_checkpoint(file, twins), ValueError);
  CHECK_THROWS_WITH(io::save_checkpoint(file, twins), Contains("two tensors are called \"parameter.w\""));
  CHECK_NOTHROW(io::load_checkpoint(file, state));
  CHECK(std::distance(std::filesystem::directory_iterator{folder.path()}, {}) == 1);
}

TEST_CASE("a checkpoint of a newer version is refused as such, and one of none as damaged") {
  const test::Folder folder;
  const auto load = [&](const std::string& description) {
    io::save_safetensors(folder.path() / "x", {}, {.metadata = {{"capstan.checkpoint", description}}});
    return io::load_checkpoint(folder.path() / "x", {});
  };
  CHECK_NOTHROW(load(R"({"version":1,"generators":{}})"));
  CHECK_THROWS_AS(load(R"({"version":2,"generators":7})"), data::UnreadableError);
  CHECK_THROWS_WITH(load(R"({"version":2,"generators":7})"), Contains("version 2, and this library reads up to"));
  for (const char* const version : {R"("version":0,)", R"("version":1.5,)", R"("version":"1",)", ""}) {
    CHECK_THROWS_WITH(load(std::string{"{"} + version + R"("generators":{}})"), Contains("not as this library writes"));
  }
}

namespace {

/// A checkpoint that is written again and again, with the number of the time.
struct Numbered {
  test::Folder folder;
  std::filesystem::path file = folder.path() / "x";
  Loop loop{1};

  Numbered() { loop.step(); }

  /// The message of the error; empty if there was none.
  std::string write(io::System& system, int number) {
    const io::CheckpointExtras extras{.values = {{"number", fmt::format("{}", number)}},
                                      .tensors = {{"big", Tensor::full({300, 300}, static_cast<double>(number))}}};
    try {
      io::write_checkpoint({"save_checkpoint", file, std::source_location::current()}, system, loop.state(), extras);
    } catch (const IoError& error) {
      return error.what();
    }
    return {};
  }

  int read() const {
    Loop other{2};
    const io::CheckpointExtras found = io::load_checkpoint(file, other.state());
    CHECK(same(loop, other));
    const std::string number = found.values.at("number");
    CHECK(fmt::format("{}", found.tensors.at("big").at({299, 299})) == number);
    return std::stoi(number);
  }
};

}  // namespace

TEST_CASE("whichever call of writing a checkpoint fails, the old one or the new one is whole") {
  const test::Fault fault = GENERATE(test::Fault::no_space, test::Fault::disk, test::Fault::short_write);
  Numbered checkpoint;
  (void)checkpoint.write(io::System::real(), 0);
  bool reached = true;
  for (int call = 0; reached; ++call) {
    CAPTURE(call);
    const int before = checkpoint.read();
    test::FailingSystem system{fault, static_cast<std::size_t>(call)};
    const std::string message = checkpoint.write(system, call + 1);
    const std::vector<std::string>& calls = system.calls();
    reached = calls.size() > static_cast<std::size_t>(call);
    CHECK(message.empty() == (fault == test::Fault::short_write || !reached));
    if (!message.empty()) CHECK_THAT(message, Contains(calls.back()));
    const bool renamed = message.empty() || std::find(calls.begin(), calls.end() - 1, "rename") != calls.end() - 1;
    CHECK(checkpoint.read() == (renamed ? call + 1 : before));
  }
  (void)checkpoint.write(io::System::real(), 99);
  CHECK(std::distance(std::filesystem::directory_iterator{checkpoint.folder.path()}, {}) == 1);
}
