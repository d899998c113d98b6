#include <capstan/train/logs.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <system_error>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <capstan/tensor/engine.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/isa.hpp>
#include <capstan/tensor/threads.hpp>

namespace capstan::train {

using Json = nlohmann::ordered_json;

/// A file to whose end lines are added.
class detail::Log::File {
 public:
  File(const std::filesystem::path& path, bool add, const std::source_location& where) : path_{path}, where_{where} {
    const int flags = O_CREAT | O_APPEND | O_CLOEXEC | (add ? O_RDWR : O_WRONLY | O_TRUNC);
    file_ = ::open(path.c_str(), flags, 0666);
    if (file_ == -1) refuse("open");
    try {
      if (add) cut_half_line();
    } catch (...) {
      ::close(file_);
      throw;
    }
  }
  ~File() { ::close(file_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool empty() const {
    struct stat status{};
    if (::fstat(file_, &status) == -1) refuse("fstat");
    return status.st_size == 0;
  }

  void write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t written = ::write(file_, text.data(), text.size());
      if (written == -1 && errno == EINTR) continue;
      if (written <= 0) refuse("write");
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }

 private:
  /// What a process that was killed has left of a line is taken away, so that the next one is a line of its own. Devices
  /// and pipes have no lines that could be looked at.
  void cut_half_line() {
    struct stat status{};
    if (::fstat(file_, &status) == -1) refuse("fstat");
    if (!S_ISREG(status.st_mode)) return;
    off_t end = status.st_size;
    for (char last = '\n'; end > 0; --end) {
      if (::pread(file_, &last, 1, end - 1) != 1) refuse("pread");
      if (last == '\n') break;
    }
    if (end != status.st_size && ::ftruncate(file_, end) == -1) refuse("ftruncate");
  }

  [[noreturn]] void refuse(std::string_view call) const {
    const int reason = errno;
    throw IoError{fmt::format("fit: the log cannot be written: {} says: {}\n  file: \"{}\"\n  at {}", call,
                              std::generic_category().message(reason), path_.string(), place(where_))};
  }

  std::filesystem::path path_;
  std::source_location where_;
  int file_ = -1;
};

detail::Log::Log(LogOptions options) : options_{std::move(options)} {}

detail::Log::~Log() = default;

void detail::Log::on_start(Training&) { file_.reset(); }

/// Only now it is known whether the training goes on from a checkpoint.
void detail::Log::open(const Training& training) {
  if (file_) return;
  file_ = std::make_unique<File>(options_.path, training.resumed(), training.where());
  file_->write(start(training, file_->empty()));
}

void detail::Log::on_resume(Training& training) { open(training); }

void detail::Log::on_epoch_start(Training& training, std::int64_t) { open(training); }

void detail::Log::on_step(Training& training, const Step& step) {
  if (options_.steps) file_->write(this->step(training, step));
}

void detail::Log::on_epoch(Training& training, const Epoch& epoch) { file_->write(this->epoch(training, epoch)); }

void detail::Log::on_end(Training& training, Ending ending) {
  open(training);
  file_->write(end(ending));
  file_.reset();
}

namespace {

constexpr auto replaced = Json::error_handler_t::replace;  // for what is no UTF-8

std::string processor() {
  std::ifstream in{"/proc/cpuinfo"};
  for (std::string line; std::getline(in, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != line.npos) return line.substr(colon + 2);
  }
  return "unknown";
}

Json describe(const Training& training) {
  Json settings = Json::object();
  for (const auto& [name, value] : training.settings()) settings[name] = value;
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return {{"capstan", CAPSTAN_VERSION},
          {"compiler", __VERSION__},
          {"processor", processor()},
          {"instructions", std::string{kernels::name_of(kernels::chosen_isa())}},
          {"threads", threads()},
          {"time", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now))},
          {"resumed", training.resumed()},
          {"epochs_done", training.history().epochs.size()},
          {"steps_done", training.steps_done()},
          {"settings", settings}};
}

std::string text_of(const std::optional<double>& number) { return number ? fmt::format("{}", *number) : std::string{}; }

std::string_view name_of(Ending ending) {
  switch (ending) {
    case Ending::complete:
      return "complete";
    case Ending::stopped:
      return "stopped";
    case Ending::diverged:
      return "diverged";
    case Ending::interrupted:
      return "interrupted";
  }
  return "unknown";
}

std::string line(const Json& value) { return value.dump(-1, ' ', false, replaced) + "\n"; }

}  // namespace

std::string CsvLog::start(const Training& training, bool empty) const {
  std::string text = "# " + line(describe(training));
  if (empty) text += "epoch,step,cost,validation_cost,accuracy,learning_rate,seconds\n";
  return text;
}

std::string CsvLog::step(const Training& training, const Step& step) const {
  return fmt::format("{},{},{},,,{},\n", step.epoch, step.step, step.cost, training.optimizer().learning_rate());
}

std::string CsvLog::epoch(const Training& training, const Epoch& epoch) const {
  return fmt::format("{},,{},{},{},{},{}\n", epoch.epoch, epoch.cost, text_of(epoch.validation_cost),
                     text_of(epoch.accuracy), training.optimizer().learning_rate(), epoch.seconds);
}

std::string CsvLog::end(Ending) const { return {}; }

std::string JsonLinesLog::start(const Training& training, bool) const {
  Json value{{"event", "start"}};
  value.update(describe(training));
  return line(value);
}

std::string JsonLinesLog::step(const Training& training, const Step& step) const {
  return line({{"event", "step"},
               {"epoch", step.epoch},
               {"step", step.step},
               {"cost", step.cost},
               {"mean_cost", step.mean_cost},
               {"learning_rate", training.optimizer().learning_rate()}});
}

std::string JsonLinesLog::epoch(const Training& training, const Epoch& epoch) const {
  Json value{{"event", "epoch"}, {"epoch", epoch.epoch}, {"cost", epoch.cost}};
  if (epoch.validation_cost) value["validation_cost"] = *epoch.validation_cost;
  if (epoch.accuracy) value["accuracy"] = *epoch.accuracy;
  value["learning_rate"] = training.optimizer().learning_rate();
  value["seconds"] = epoch.seconds;
  return line(value);
}

std::string JsonLinesLog::end(Ending ending) const { return line({{"event", "end"}, {"ending", name_of(ending)}}); }

}  // namespace capstan::train
