#include <capstan/train/progress.hpp>

#include <string>

#include "captured.hpp"
#include "catch.hpp"

using namespace capstan::train;

TEST_CASE("a file that is no terminal gets whole lines only") {
  const Captured captured;
  Progress progress{{.file = captured.file()}};
  CHECK(progress.style() == ProgressStyle::lines);
  progress.start("epoch 1/2", 10);
  for (int step = 1; step <= 10; ++step) progress.update(step, "cost", 0.5);
  progress.finish("epoch 1/2  cost 0.5000");
  progress.finish("epoch 2/2  cost 0.2500");
  CHECK(captured.text() == "epoch 1/2  cost 0.5000\nepoch 2/2  cost 0.2500\n");
}

TEST_CASE("quiet writes nothing") {
  const Captured captured;
  Progress progress{{.style = ProgressStyle::quiet, .file = captured.file()}};
  progress.start("epoch 1/1", 10);
  progress.update(10, "cost", 0.5);
  progress.finish("epoch 1/1");
  CHECK(captured.text().empty());
}

TEST_CASE("a bar is drawn over itself, and the line that ends it takes its place") {
  const Captured captured;
  Progress progress{{.style = ProgressStyle::bar, .file = captured.file()}};
  progress.start("epoch 1/2", 8);
  progress.update(4, "cost", 0.25);
  progress.finish("epoch 1/2  cost 0.2500");
  CHECK(captured.text() ==
        "\r\x1b[Kepoch 1/2 [============>            ] 4/8  cost 0.2500  0 s left"
        "\r\x1b[Kepoch 1/2  cost 0.2500\n");
}

TEST_CASE("a bar fills up") {
  const Captured captured;
  Progress progress{{.style = ProgressStyle::bar, .file = captured.file()}};
  progress.start("load", 8);
  progress.update(8, "MB", 12.0);
  CHECK(captured.text() == "\r\x1b[Kload [========================>] 8/8  MB 12.00  0 s left");
}

TEST_CASE("a bar is not drawn more often than can be seen") {
  const Captured captured;
  Progress progress{{.style = ProgressStyle::bar, .file = captured.file()}};
  progress.start("epoch", 1000000);
  for (int step = 1; step <= 1000; ++step) progress.update(step, "cost", 0.5);
  CHECK(captured.text().size() < 1000);
}

TEST_CASE("a bar that is left unfinished is taken away") {
  const Captured captured;
  {
    Progress progress{{.style = ProgressStyle::bar, .file = captured.file()}};
    progress.start("epoch", 2);
    progress.update(1, "cost", 0.5);
  }
  CHECK(captured.text().ends_with("\r\x1b[K"));
}

TEST_CASE("a line longer than the terminal is cut between characters") {
  const Captured captured;
  Progress progress{{.style = ProgressStyle::bar, .file = captured.file()}};
  std::string label;
  for (int i = 0; i < 60; ++i) label += "é";
  progress.start(label, 2);
  progress.update(1, "cost", 0.5);
  const std::string text = captured.text();
  const std::string line = text.substr(text.find('K') + 1);
  CHECK(line.size() <= 79);
  CHECK(line == label.substr(0, 78));
}

TEST_CASE("more steps than announced, or none, do no harm") {
  const Captured captured;
  Progress progress{{.style = ProgressStyle::bar, .file = captured.file()}};
  progress.start("a", 0);
  progress.update(5, "cost", 0.5);
  progress.finish("done");
  CHECK(captured.text().ends_with("done\n"));
}
