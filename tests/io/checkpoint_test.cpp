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

bool all_same(const Loop& a, const Loop& b) {
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
    CHECK(all_same(whole, second));
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
    CHECK(all_same(model, before));
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
  refuses(state, "of an Sgd with other options\n  momentum: 0.5 here, 0.9 in the checkpoint\n  file");
  models::DeepNet wide{{.layers = {3, 6, 1}}};
  refuses({named_state(wide), &model.descent, {{"rng", &model.rng}}}, "another shape: \"parameter.W1\"");
}

namespace {

/// A loop whose optimizer has groups.
template <class Optimizer>
struct GroupedLoop {
  models::DeepNet net;
  Optimizer descent;
  Tape tape;

  template <class Options>
  GroupedLoop(std::uint64_t seed, Options options, double own_rate = 0.02)
      : net{{.layers = {3, 5, 1}, .seed = seed}}, descent{named_parameters(net), with_groups(options, own_rate)} {}

  io::CheckpointState state() { return {named_state(net), &descent}; }
  void step(std::uint64_t number) {
    Rng rng{number};
    tape.rewind();
    const Tensor x = Tensor::normal({3, 8}, rng), y = Tensor::full({1, 8}, number % 2 == 0 ? 1.0 : 0.0);
    descent.step(tape.backward(net.cost(tape.constant(x), y)));
    descent.set_learning_rate(descent.learning_rate() * 0.99);
  }

 private:
  template <class Options>
  static Options with_groups(Options options, double own_rate) {
    options.groups = {{.names = {"b*"}, .learning_rate = own_rate, .weight_decay = 0.0}};
    return options;
  }
};

/// Goes on from a checkpoint after some steps, and compares with a loop that was not stopped.
template <class Optimizer, class Options>
void check_resumed(const Options& options) {
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "x";
  GroupedLoop<Optimizer> whole{1, options}, second{2, options};
  INFO(whole.descent.name());
  for (std::uint64_t i = 0; i < 7; ++i) whole.step(i);
  io::save_checkpoint(file, whole.state());
  second.step(99);
  (void)io::load_checkpoint(file, second.state());
  for (std::uint64_t i = 7; i < 15; ++i) whole.step(i), second.step(i);
  for (const std::int64_t layer : {1, 2}) {
    CHECK(same_bits(whole.net.W(layer).value(), second.net.W(layer).value()));
    CHECK(same_bits(whole.net.b(layer).value(), second.net.b(layer).value()));
  }
}

}  // namespace

TEST_CASE("every optimizer goes on from a checkpoint to the same bits, with its groups") {
  using namespace optim;
  check_resumed<Sgd>(SgdOptions{.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.01});
  check_resumed<RmsProp>(RmsPropOptions{.learning_rate = 0.01, .momentum = 0.5, .centered = true});
  check_resumed<Adagrad>(AdagradOptions{.learning_rate = 0.1, .learning_rate_decay = 0.1, .initial = 0.1});
  check_resumed<Adadelta>(AdadeltaOptions{});
  check_resumed<Adam>(AdamOptions{.learning_rate = 0.01, .weight_decay = 0.1, .amsgrad = true});
  check_resumed<AdamW>(AdamWOptions{.learning_rate = 0.01});
  check_resumed<NAdam>(NAdamOptions{.learning_rate = 0.01});
  check_resumed<Lion>(LionOptions{.learning_rate = 0.01, .weight_decay = 0.1});
}

TEST_CASE("a checkpoint of another optimizer, of other options or groups is refused by what differs") {
  using namespace optim;
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "x";
  GroupedLoop<Adam> saved{1, AdamOptions{.learning_rate = 0.01, .beta2 = 0.99}};
  saved.step(1);
  io::save_checkpoint(file, saved.state());
  const auto refuses = [&](const io::CheckpointState& state, const std::string& text) {
    const Tensor before = state.model[0].tensor.value().copy();
    CHECK_THROWS_AS(io::load_checkpoint(file, state), IoError);
    CHECK_THROWS_WITH(io::load_checkpoint(file, state), Contains(text));
    CHECK(same_bits(state.model[0].tensor.value(), before));
  };
  GroupedLoop<AdamW> other{2, AdamWOptions{.learning_rate = 0.01}};
  refuses(other.state(), "of another optimizer\n  here: AdamW\n  in the checkpoint: Adam\n");
  GroupedLoop<Adam> options{2, AdamOptions{.learning_rate = 0.01, .amsgrad = true}};
  refuses(options.state(),
          "of an Adam with other options\n  beta2: 0.999 here, 0.99 in the checkpoint\n"
          "  amsgrad: true here, false in the checkpoint\n");
  GroupedLoop<Adam> rate{2, AdamOptions{.learning_rate = 0.01, .beta2 = 0.99}, 0.03};
  refuses(
      rate.state(),
      "other options\n  group 0: weight_decay 0, learning_rate 0.03 where the others' is 0.01, of \"b1\" \"b2\" here, "
      "weight_decay 0, learning_rate 0.02 where the others' is 0.01, of \"b1\" \"b2\" in the checkpoint\n");
  Adam none{named_parameters(rate.net), {.learning_rate = 0.01, .beta2 = 0.99}};
  refuses({named_state(rate.net), &none}, "\n  group 0: nothing here, weight_decay 0, learning_rate 0.02");
  Adam more{named_parameters(rate.net),
            {.learning_rate = 0.01, .beta2 = 0.99, .groups = {{.names = {"W1"}, .weight_decay = 0.5}}}};
  refuses({named_state(rate.net), &more}, "\n  group 0: weight_decay 0.5, of \"W1\" here, weight_decay 0");
}

TEST_CASE("the state of Lbfgs and an average of weights are kept in a checkpoint") {
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "x";
  struct Fitted {
    models::DeepNet net;
    optim::Lbfgs descent;
    optim::Ema average;
    Tape tape;
    explicit Fitted(std::uint64_t seed)
        : net{{.layers = {3, 5, 1}, .seed = seed}},
          descent{parameters(net), {.max_iterations = 2}},
          average{named_parameters(net), {.decay = 0.5}} {}
    void step() {
      Rng rng{3};
      const Tensor x = Tensor::normal({3, 20}, rng), y = Tensor::full({1, 20}, 1.0);
      (void)descent.step([&] {
        tape.rewind();
        return net.cost(tape.constant(x), y);
      });
      average.update();
    }
    /// The net's parameters, and those of the average under names of their own.
    io::CheckpointState state() {
      io::CheckpointState all{named_state(net)};
      for (const NamedParameter& p : named_parameters(average)) all.model.push_back({"average." + p.name, p.parameter});
      return all;
    }
  };
  Fitted whole{1}, second{2};
  for (int i = 0; i < 3; ++i) whole.step();
  io::CheckpointExtras extras;
  for (const optim::StateEntry& entry : whole.descent.state()) extras.tensors.emplace(entry.slot, entry.value);
  io::save_checkpoint(file, whole.state(), extras);
  std::vector<optim::StateEntry> entries;
  for (const auto& [name, value] : io::load_checkpoint(file, second.state()).tensors)
    entries.push_back({"Lbfgs", name, value});
  second.descent.set_state(entries);
  for (int i = 0; i < 3; ++i) whole.step(), second.step();
  CHECK(same_bits(whole.net.W(1).value(), second.net.W(1).value()));
  CHECK(same_bits(whole.average.averages()[0].parameter.value(), second.average.averages()[0].parameter.value()));
  io::save(second.average, folder.path() / "average");
  io::load(whole.net, folder.path() / "average");
  CHECK(same_bits(whole.net.W(1).value(), second.average.averages()[0].parameter.value()));
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

TEST_CASE("two parameters of one name are refused before the old checkpoint is touched") {
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "x";
  models::LogisticRegression model{{.inputs = 2}};
  const io::CheckpointState state{named_state(model)};
  io::save_checkpoint(file, state);
  io::CheckpointState twins = state;
  twins.model.push_back(twins.model.front());
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
    CHECK(all_same(loop, other));
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
