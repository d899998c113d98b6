// Progress: how far a long loop is. On a terminal it is a bar that is drawn over itself; elsewhere (a file, a pipe)
// only finished lines are written.
//
//   train::Progress progress;
//   progress.start("epoch 1/3", 938);
//   for (int step = 1; step <= 938; ++step) progress.update(step, "cost", cost);
//   progress.finish("epoch 1/3  cost 0.4124  2.1 s");
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace capstan::train {

/// What Progress writes.
enum class ProgressStyle : std::uint8_t {
  automatic,  ///< a bar if the file is a terminal, else lines
  bar,
  lines,
  quiet,  ///< nothing at all
};

/// How to write, and where.
struct ProgressOptions {
  ProgressStyle style = ProgressStyle::automatic;
  std::FILE* file = nullptr;  ///< where to write; null is the standard error stream
};

/// Writing takes no heap memory between `start` and `finish`, and a bar is drawn at most ten times a second. A file
/// that cannot be written is no reason to stop training: it is not noticed.
class Progress {
 public:
  explicit Progress(const ProgressOptions& options = {});
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Takes a bar away that was not finished.
  ~Progress();

  ProgressStyle style() const noexcept { return style_; }  ///< never automatic
  /// Begins a bar of `total` steps.
  void start(std::string_view label, std::int64_t total);
  /// Shows that `done` steps are done, and behind the bar the number, called `what`, with four digits.
  void update(std::int64_t done, std::string_view what, double number);
  /// Ends the bar and writes a whole line in its place.
  void finish(std::string_view line);

 private:
  void draw(std::int64_t done, std::string_view what, double number, double seconds);
  void clear();

  ProgressStyle style_;
  std::FILE* file_;
  std::string label_;
  std::int64_t total_ = 0;
  std::chrono::steady_clock::time_point started_{};
  std::chrono::steady_clock::time_point next_{};  // when a bar may be drawn again
  bool drawn_ = false;                            // whether a bar stands in the line
};

}  // namespace capstan::train
