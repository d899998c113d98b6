// The files of checkpoints: which are taken, which are refused and which are removed.
#include <capstan/capstan.hpp>
#include <capstan/data/origin.hpp>

#include <sys/file.h>
#include <unistd.h>

#include <fstream>
#include <functional>

#include "catch.hpp"
#include "data/files.hpp"
#include "resumed_run.hpp"

using namespace capstan;
using Catch::Contains;
using test::all_same;
using test::names_in;
using test::Run;

namespace {

using Names = std::vector<std::string>;

/// The parts of a file, by which another one is written that has checksums as they should be.
struct Content {
  io::Metadata metadata;
  io::NamedTensors tensors;
};

void rewrite(const std::filesystem::path& file, const std::function<void(Content&)>& change) {
  Content content;
  {
    const io::TensorFile found = io::load_safetensors(file);
    content.metadata = found.metadata();
    for (const auto& [name, type] : found.entries()) content.tensors.emplace(name, found[name].copy());
  }
  change(content);
  io::save_safetensors(file, content.tensors, {.metadata = content.metadata});
}

/// Replaces a piece of the text that says where a run is.
auto replace_in_run(const std::string& from, const std::string& to) {
  return [from, to](Content& content) {
    std::string& text = content.metadata.at("value.run");
    const std::size_t at = text.find(from);
    REQUIRE(at != text.npos);
    text.replace(at, from.size(), to);
  };
}

/// For root, who may read everything, the rights of somebody else.
class Somebody {
 public:
  Somebody() { changed_ = ::geteuid() == 0 && ::seteuid(65534) == 0; }
  ~Somebody() {
    if (changed_ && ::seteuid(0) != 0) std::abort();
  }
  Somebody(const Somebody&) = delete;
  Somebody& operator=(const Somebody&) = delete;

 private:
  bool changed_ = false;
};

const std::string tenth = "checkpoint-000000000010.safetensors", fifth = "checkpoint-000000000005.safetensors";

}  // namespace

TEST_CASE("a checkpoint that cannot be read stops the training, and no file is removed") {
  const test::Folder folder;
  Run first{folder.path()}, second{folder.path()}, third{folder.path()};
  first.options.epochs = 2;
  (void)first.fit();
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  std::filesystem::permissions(folder.path() / tenth, std::filesystem::perms::none);
  {
    const Somebody somebody;
    CHECK_THROWS_AS(second.fit(), IoError);
    CHECK_THROWS_WITH(second.fit(), Contains("open says: Permission denied") && Contains(tenth));
  }
  CHECK(names_in(folder.path()) == Names{fifth, tenth});
  std::filesystem::permissions(folder.path() / tenth, std::filesystem::perms::owner_all);
  rewrite(folder.path() / tenth, [](Content& content) {
    std::string& text = content.metadata.at("capstan.checkpoint");
    text.replace(text.find("\"version\":1"), 11, "\"version\":2");
  });
  CHECK_THROWS_WITH(third.fit(), Contains("version 2, and this library reads up to version 1"));
  CHECK(names_in(folder.path()) == Names{fifth, tenth});
}

TEST_CASE("files of other names are neither taken nor removed, and those of others stay") {
  const test::Folder folder;
  Run whole{folder.path() / "whole"}, first{folder.path() / "parts"}, second{folder.path() / "parts", 99};
  const train::History history = whole.fit();
  first.options.epochs = 2;
  (void)first.fit();
  const std::filesystem::path parts = folder.path() / "parts";
  // Older than what this training wrote, or of another form, or no file.
  const Names others{"checkpoint-000000000001.safetensors", "checkpoint-0000000000000000020.safetensors",
                     "checkpoint-20.safetensors", "checkpoint-+00000000020.safetensors"};
  for (const std::string& name : others) std::ofstream{parts / name} << "of mine";
  std::filesystem::create_directory(parts / "checkpoint-000000000900.safetensors");
  std::filesystem::create_symlink(tenth, parts / "checkpoint-000000000901.safetensors");
  second.options.checkpoint.warn = [](std::string_view text) { FAIL(text); };
  CHECK(all_same(history, second.fit()));
  const Names left = names_in(parts);
  for (const std::string& name : others) CHECK(std::find(left.begin(), left.end(), name) != left.end());
  CHECK(left.size() == others.size() + 2 + 2);
}

TEST_CASE("what an earlier run of a training wrote is removed by a later one") {
  const test::Folder folder;
  for (const std::int64_t epochs : {2, 4, 6, 7}) {
    Run run{folder.path()};
    run.options.epochs = epochs;
    (void)run.fit();
    CHECK(names_in(folder.path()).size() == 2);
  }
}

TEST_CASE("what a killed training has left is removed, unless somebody is writing it") {
  const test::Folder folder;
  const std::string left = "." + tenth + ".partial", locked = "." + fifth + ".partial", other = ".mine.partial";
  for (const std::string& name : {left, locked, other}) (void)folder.write(name, "half");
  std::FILE* const file = std::fopen((folder.path() / locked).c_str(), "r");
  REQUIRE(::flock(::fileno(file), LOCK_EX | LOCK_NB) == 0);
  Run run{folder.path()};
  run.options.epochs = 7;
  run.options.checkpoint.every = 7;
  run.options.checkpoint.keep = 1;
  (void)run.fit();
  std::fclose(file);
  CHECK(names_in(folder.path()) == Names{locked, other, "checkpoint-000000000035.safetensors"});
}

TEST_CASE("a file of that name that is whole and none of fit's is refused, and stays") {
  const test::Folder folder;
  Run run{folder.path()};
  io::save(run.net, folder.path() / tenth);
  CHECK_THROWS_AS(run.fit(), IoError);
  CHECK_THROWS_WITH(run.fit(), Contains("is no checkpoint"));
  io::save_checkpoint(folder.path() / tenth, {named_state(run.net), &run.descent});
  CHECK_THROWS_WITH(run.fit(), Contains("is no checkpoint of fit"));
  CHECK(names_in(folder.path()) == Names{tenth});
}

TEST_CASE("a run that cannot be is refused before anything is written") {
  const test::Folder folder;
  Run first{folder.path()};
  first.options.epochs = 2;
  first.options.checkpoint.keep = 1;
  (void)first.fit();
  const std::pair<const char*, const char*> changes[]{{"\"epoch\":3", "\"epoch\":1e300"},
                                                      {"\"epoch\":3", "\"epoch\":9"},
                                                      {"\"epoch\":3", "\"epoch\":0"},
                                                      {"\"step\":0", "\"step\":5"},
                                                      {"\"step\":0", "\"step\":1.5"},
                                                      {"\"step\":0", "\"step\":-1"},
                                                      {"\"step\":0", "\"step\":2"},
                                                      {"\"seen\":0", "\"seen\":16"},
                                                      {"\"seen\":0", "\"seen\":1e300"},
                                                      {"\"scale\":0", "\"scale\":7"},
                                                      {"\"sum\":0.0", "\"sum\":1e999"},
                                                      {"\"best_epoch\":", "\"best_epoch\":9"},
                                                      {"\"best_written\":", "\"best_written\":9"},
                                                      {"\"files\":[", "\"files\":[-1,"},
                                                      {"\"history\":[[1,", "\"history\":[[2,"},
                                                      {"\"history\":[[1,", "\"history\":[[1e300,"},
                                                      {"\"epoch\":3", "\"epoch\":[[[[[[[[[[[[[[[[[3]]]]]]]]]]]]]]]]]"}};
  const std::filesystem::path file = folder.path() / tenth;
  std::filesystem::copy_file(file, folder.path() / "whole");
  for (const auto& [from, to] : changes) {
    CAPTURE(from, to);
    std::filesystem::copy_file(folder.path() / "whole", file, std::filesystem::copy_options::overwrite_existing);
    rewrite(file, replace_in_run(from, to));
    Run second{folder.path(), 99}, before{folder.path(), 99};
    CHECK_THROWS_AS(second.fit(), IoError);
    CHECK_THROWS_WITH(second.fit(), Contains("its run is "));
    CHECK(all_same(second.net, before.net));
  }
  CHECK(names_in(folder.path()) == Names{tenth, "whole"});
}

TEST_CASE("what early stopping cannot have remembered is refused before model and optimizer are written") {
  const test::Folder folder;
  const auto fit = [&](Run& run, std::int64_t epochs) {
    train::EarlyStopping stopping{{.patience = 30}};
    run.options.epochs = epochs;
    run.options.observers.push_back(&stopping);
    return run.fit();
  };
  Run first{folder.path()};
  first.options.checkpoint.keep = 1;
  (void)fit(first, 2);
  const std::filesystem::path file = folder.path() / tenth;
  std::filesystem::copy_file(file, folder.path() / "whole");
  const auto refuses = [&](const std::function<void(io::NamedTensors&)>& change, const std::string& text) {
    std::filesystem::copy_file(folder.path() / "whole", file, std::filesystem::copy_options::overwrite_existing);
    rewrite(file, [&](Content& content) { change(content.tensors); });
    Run second{folder.path(), 99}, before{folder.path(), 99};
    second.options.observers.clear();
    before.options.observers.clear();
    CHECK_THROWS_WITH(fit(second, 7), Contains("the state of observer EarlyStopping#1 does not fit") && Contains(text));
    CHECK(all_same(second.net, before.net));
    CHECK(second.descent.learning_rate() == before.descent.learning_rate());
  };
  const std::string start = "tensor.observer.EarlyStopping#1.";
  const auto set = [&](const std::string& name, const Tensor& value) {
    return [&start, name, value](io::NamedTensors& t) { t.insert_or_assign(start + name, value); };
  };
  refuses([&](io::NamedTensors& t) { t.erase(start + "least"); }, "\"least\" must be a number");
  refuses(set("least", Tensor::zeros({2}, DType::f64)), "\"least\" must be a number");
  refuses(set("improved_to", Tensor::scalar(std::nan(""), DType::f64)), "got nan");
  for (const double waited : {1e300, -1.0, 0.5}) {
    refuses(set("waited", Tensor::scalar(waited, DType::f64)), "\"waited\" must be a whole number");
  }
  refuses(set("best.000004", Tensor::zeros({1, 1})), "4 parameters or of none, got 5");
  refuses([&](io::NamedTensors& t) { t.erase(start + "best.000001"); }, "got 3");
  refuses(set("best.000000", Tensor::zeros({1, 1})), "\"best.000000\" must be (12, 4) of f32");
}

TEST_CASE("folders that are not there are made, with those above them") {
  const test::Folder folder;
  Run run{folder.path() / "a" / "b" / "c"};
  (void)run.fit();
  CHECK(names_in(folder.path() / "a" / "b" / "c").size() == 2);
  Run again{folder.path() / "a" / "b" / "c" / ""};
  CHECK(again.fit().epochs.size() == 7);
}
