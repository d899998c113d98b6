// CsvLog and JsonLinesLog: observers that write what happens in a training to a file, a line at a time, so that another
// program can follow it and nothing is lost where the process ends.
//
//   train::CsvLog log{{.path = "run.csv"}};
//   train::fit(net, set, {.epochs = 10, .learning_rate = 0.1, .observers = {&log}});
#pragma once

#include <filesystem>
#include <memory>
#include <source_location>
#include <string>

#include <capstan/train/observer.hpp>

namespace capstan::train {

/// Where a log is written, and how much.
struct LogOptions {
  std::filesystem::path path = {};
  bool steps = false;  ///< a line for every step, too
};

namespace detail {

/// What both logs do: the file, and when a line is written.
class Log : public Observer {
 public:
  const LogOptions& options() const noexcept { return options_; }

  void on_start(Training& training) override;
  void on_resume(Training& training) override;
  void on_epoch_start(Training& training, std::int64_t epoch) override;
  void on_step(Training& training, const Step& step) override;
  void on_epoch(Training& training, const Epoch& epoch) override;
  void on_end(Training& training, Ending ending) override;

 protected:
  explicit Log(LogOptions options);
  ~Log() override;

  // Each gives lines with their ends, or nothing. `empty`: whether the file has no line yet.
  virtual std::string start(const Training& training, bool empty) const = 0;
  virtual std::string step(const Training& training, const Step& step) const = 0;
  virtual std::string epoch(const Training& training, const Epoch& epoch) const = 0;
  virtual std::string end(Ending ending) const = 0;

 private:
  class File;
  void open(const Training& training);

  LogOptions options_;
  std::unique_ptr<File> file_;  // open while a training runs
};

}  // namespace detail

/// A line "# {…}" of JSON – the settings of the training, the library's and the compiler's version, the processor, when
/// it began –, the names of the columns, and then a line for every epoch, and for every step if wanted. What a line
/// does not have is left empty: the step, in one of an epoch. `data::load_csv` reads it with `.comment = '#'`.
///
/// The file is written anew, but by a training that goes on from a checkpoint, which adds to it: a line "# {…}" tells
/// where, by "epochs_done" and by "steps_done" of the epoch at hand. What a run before wrote of later epochs and steps
/// stands in front of that line, and comes again behind it. Each line is handed to the system whole; half a line, which a
/// process that was killed may leave, is taken away.
///
/// Throws    while training: IoError, naming the call of the system that failed.
class CsvLog final : public detail::Log {
 public:
  explicit CsvLog(LogOptions options) : Log{std::move(options)} {}

 private:
  std::string start(const Training& training, bool empty) const override;
  std::string step(const Training& training, const Step& step) const override;
  std::string epoch(const Training& training, const Epoch& epoch) const override;
  std::string end(Ending ending) const override;
};

/// One object of JSON a line, whose "event" is "start" (with all that CsvLog writes in its first line), "step", "epoch"
/// or "end". The file is written, and added to, as that of CsvLog.
///
/// Throws    while training: IoError, naming the call of the system that failed.
class JsonLinesLog final : public detail::Log {
 public:
  explicit JsonLinesLog(LogOptions options) : Log{std::move(options)} {}

 private:
  std::string start(const Training& training, bool empty) const override;
  std::string step(const Training& training, const Step& step) const override;
  std::string epoch(const Training& training, const Epoch& epoch) const override;
  std::string end(Ending ending) const override;
};

}  // namespace capstan::train
