#include <capstan/capstan.hpp>

#define BOOST_BIND_GLOBAL_PLACEHOLDERS  // which this reader of JSON uses
#include <boost/property_tree/json_parser.hpp>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "catch.hpp"
#include "data/files.hpp"

using namespace capstan;
using Catch::Contains;

namespace {

/// Read by another JSON reader than the one that wrote it.
boost::property_tree::ptree parse(const std::string& line) {
  std::istringstream in{line};
  boost::property_tree::ptree tree;
  boost::property_tree::read_json(in, tree);
  return tree;
}

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::ifstream in{file};
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

struct Problem {
  models::LogisticRegression model{{.inputs = 2}};
  data::Dataset set{.x = Tensor::from<float>({1, 2, 3, -1, -2, -3}, {2, 3}),
                    .y = Tensor::from<float>({0, 1, 0}, {1, 3})};

  train::History fit(train::Observer& log, const train::CheckpointOptions& checkpoint = {}, std::int64_t epochs = 2) {
    return train::fit(model, set,
                      {.epochs = epochs,
                       .batch_size = 2,
                       .learning_rate = 0.5,
                       .seed = 3,
                       .validation = &set,
                       .observers = {&log},
                       .progress = {.style = train::ProgressStyle::quiet},
                       .checkpoint = checkpoint});
  }
};

}  // namespace

TEST_CASE("JsonLinesLog writes an object a line that another reader reads") {
  const test::Folder folder;
  Problem problem;
  train::JsonLinesLog log{{.path = folder.path() / "run.jsonl", .steps = true}};
  const train::History history = problem.fit(log);
  const std::vector<std::string> lines = lines_of(folder.path() / "run.jsonl");
  REQUIRE(lines.size() == 1 + 2 * (2 + 1) + 1);
  const auto start = parse(lines[0]);
  CHECK(start.get<std::string>("event") == "start");
  CHECK(start.get<std::string>("settings.seed") == "3");
  CHECK(start.get<std::string>("settings.batch_size") == "2");
  CHECK(start.get<std::string>("settings.optimizer") == "Sgd, momentum 0, dampening 0, nesterov false, weight_decay 0");
  CHECK(start.get<std::string>("settings.parameters") == "w (2, 1), b (1, 1)");
  CHECK(start.get<std::string>("capstan") == "0.1.0");
  CHECK(!start.get<std::string>("processor").empty());
  CHECK(!start.get<std::string>("compiler").empty());
  CHECK(parse(lines[1]).get<std::string>("event") == "step");
  CHECK(parse(lines[2]).get<int>("step") == 2);
  const auto epoch = parse(lines[6]);
  CHECK(epoch.get<std::string>("event") == "epoch");
  CHECK(epoch.get<int>("epoch") == 2);
  CHECK(epoch.get<double>("cost") == history.epochs[1].cost);
  CHECK(epoch.get<double>("validation_cost") == *history.epochs[1].validation_cost);
  CHECK(epoch.get<double>("accuracy") == *history.epochs[1].accuracy);
  CHECK(parse(lines[7]).get<std::string>("ending") == "complete");
}

TEST_CASE("CsvLog writes what load_csv reads") {
  const test::Folder folder;
  Problem problem;
  train::CsvLog log{{.path = folder.path() / "run.csv"}};
  const train::History history = problem.fit(log, {}, 4);
  const std::vector<std::string> lines = lines_of(folder.path() / "run.csv");
  REQUIRE(lines.size() == 2 + 4);
  CHECK(parse(lines[0].substr(2)).get<std::string>("settings.learning_rate") == "0.5");
  CHECK(lines[1] == "epoch,step,cost,validation_cost,accuracy,learning_rate,seconds");
  const data::Dataset read =
      data::load_csv(folder.path() / "run.csv",
                     {.target = "cost", .comment = '#', .ignore = {"step", "accuracy"}, .dtype = DType::f64});
  REQUIRE(read.examples() == 4);
  for (std::int64_t i = 0; i < 4; ++i) CHECK(read.y.at({0, i}) == history.epochs[static_cast<std::size_t>(i)].cost);
}

TEST_CASE("a log is there line by line while the training runs") {
  const test::Folder folder;
  Problem problem;
  train::CsvLog log{{.path = folder.path() / "run.csv", .steps = true}};
  std::vector<std::size_t> counts;
  train::Callbacks count{{.on_step = [&](train::Training&, const train::Step&) {
    counts.push_back(lines_of(folder.path() / "run.csv").size());
  }}};
  (void)train::fit(problem.model, problem.set,
                   {.epochs = 1,
                    .batch_size = 1,
                    .learning_rate = 0.1,
                    .observers = {&log, &count},
                    .progress = {.style = train::ProgressStyle::quiet}});
  CHECK(counts == std::vector<std::size_t>{3, 4, 5});
}

TEST_CASE("a training that goes on adds to its log, and one that begins writes it anew") {
  const test::Folder folder;
  const train::CheckpointOptions checkpoint{.folder = folder.path() / "checkpoints", .resume = true};
  train::JsonLinesLog log{{.path = folder.path() / "run.jsonl"}};
  Problem first, second, third;
  (void)first.fit(log, checkpoint, 2);
  (void)second.fit(log, checkpoint, 3);
  const std::vector<std::string> lines = lines_of(folder.path() / "run.jsonl");
  REQUIRE(lines.size() == 4 + 3);
  CHECK(parse(lines[4]).get<std::string>("resumed") == "true");
  CHECK(parse(lines[4]).get<int>("epochs_done") == 2);
  CHECK(parse(lines[5]).get<int>("epoch") == 3);
  (void)third.fit(log);
  CHECK(lines_of(folder.path() / "run.jsonl").size() == 4);
}

TEST_CASE("half a line that a killed training has left is taken away") {
  const test::Folder folder;
  const train::CheckpointOptions checkpoint{.folder = folder.path() / "checkpoints", .resume = true};
  const std::filesystem::path file = folder.path() / "run.csv";
  train::CsvLog log{{.path = file}};
  Problem first, second, third, fourth;
  (void)first.fit(log, checkpoint, 2);
  const std::vector<std::string> before = lines_of(file);
  std::ofstream{file, std::ios::app} << "3,,0.69";
  (void)second.fit(log, checkpoint, 3);
  const std::vector<std::string> lines = lines_of(file);
  REQUIRE(lines.size() == before.size() + 2);
  CHECK(parse(lines[before.size()].substr(2)).get<std::string>("resumed") == "true");
  CHECK_THAT(lines.back(), Catch::StartsWith("3,,"));
  // A file that is empty, or not there, gets the names of its columns.
  std::ofstream{file} << "";
  (void)third.fit(log, checkpoint, 4);
  CHECK(lines_of(file).at(1) == before[1]);
  std::filesystem::remove(file);
  (void)fourth.fit(log, checkpoint, 5);
  CHECK(lines_of(file).at(1) == before[1]);
}

TEST_CASE("a log that goes on says after which step") {
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "run.jsonl";
  const train::CheckpointOptions checkpoint{.folder = folder.path() / "checkpoints", .every_steps = 1, .resume = true};
  train::JsonLinesLog log{{.path = file, .steps = true}};
  Problem first, second;
  struct Failing final : train::Observer {
    void on_step(train::Training&, const train::Step& step) override {
      if (step.epoch == 2 && step.step == 2) throw std::runtime_error{"the process ends"};
    }
  } failing;
  const auto fit = [&](Problem& problem, std::vector<train::Observer*> observers) {
    return train::fit(problem.model, problem.set,
                      {.epochs = 2,
                       .batch_size = 2,
                       .learning_rate = 0.5,
                       .observers = std::move(observers),
                       .progress = {.style = train::ProgressStyle::quiet},
                       .checkpoint = checkpoint});
  };
  CHECK_THROWS_AS(fit(first, {&log, &failing}), std::runtime_error);
  const std::size_t written = lines_of(file).size();
  (void)fit(second, {&log});
  const auto start = parse(lines_of(file).at(written));
  CHECK(start.get<int>("epochs_done") == 1);
  CHECK(start.get<int>("steps_done") == 1);
  CHECK(parse(lines_of(file).at(written + 1)).get<int>("step") == 2);
}

TEST_CASE("a log that cannot be written ends the training by what failed") {
  Problem problem;
  train::CsvLog nowhere{{.path = "/nonexistent/run.csv"}}, full{{.path = "/dev/full"}};
  CHECK_THROWS_WITH(problem.fit(nowhere), Contains("open says: No such file or directory") && Contains("run.csv"));
  CHECK_THROWS_WITH(problem.fit(full), Contains("write says: No space left on device"));
}
