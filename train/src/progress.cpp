#include <capstan/train/progress.hpp>

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <fmt/format.h>

#include <capstan/tensor/format.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan::train {

namespace {

constexpr std::size_t cells = 24;
constexpr std::chrono::milliseconds between_drawings{100};

ProgressStyle resolve(ProgressStyle style, std::FILE* file) {
  if (style != ProgressStyle::automatic) return style;
  return isatty(fileno(file)) != 0 ? ProgressStyle::bar : ProgressStyle::lines;
}

/// The width of the terminal in characters; a usual one if it is not known.
std::size_t columns_of(std::FILE* file) {
  winsize size{};
  const bool known = ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return known ? size.ws_col : 80;
}

/// "9 s left" or "3:05 left".
template <class Out>
Out write_time_left(Out out, double seconds) {
  const std::int64_t whole = std::llround(std::min(seconds, 1e9));
  if (whole < 60) return fmt::format_to(out, "{} s left", whole);
  if (whole < 3600) return fmt::format_to(out, "{}:{:02} left", whole / 60, whole % 60);
  return fmt::format_to(out, "{}:{:02}:{:02} left", whole / 3600, whole / 60 % 60, whole % 60);
}

/// True if a byte continues a UTF-8 character.
bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

}  // namespace

Progress::Progress(const ProgressOptions& options)
    : style_{resolve(options.style, options.file == nullptr ? stderr : options.file)},
      file_{options.file == nullptr ? stderr : options.file} {}

Progress::~Progress() {
  if (drawn_) clear();
}

void Progress::start(std::string_view label, std::int64_t total) {
  label_ = label;
  total_ = std::max<std::int64_t>(total, 1);
  started_ = std::chrono::steady_clock::now();
  next_ = started_;
}

void Progress::update(std::int64_t done, std::string_view what, double number) {
  if (style_ != ProgressStyle::bar) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + between_drawings;
  draw(done, what, number, std::chrono::duration<double>(now - started_).count());
}

void Progress::draw(std::int64_t done, std::string_view what, double number, double seconds) {
  done = std::clamp<std::int64_t>(done, 1, total_);
  const auto full =
      static_cast<std::size_t>(static_cast<double>(cells) * static_cast<double>(done) / static_cast<double>(total_));
  fmt::memory_buffer line;  // on the stack, as far as a line of a terminal goes
  auto out = fmt::format_to(fmt::appender{line}, "{} [{:=<{}}{:<{}}] {}/{}  {} {:#.4g}  ", label_, "", full, ">",
                            cells + 1 - full, done, total_, what, printable(number));
  write_time_left(out, seconds * static_cast<double>(total_ - done) / static_cast<double>(done));
  std::size_t length = std::min(line.size(), columns_of(file_) - 1);
  while (length < line.size() && length > 0 && is_continuation(line[length])) --length;
  clear();
  std::fwrite(line.data(), 1, length, file_);
  std::fflush(file_);
  drawn_ = true;
}

void Progress::clear() {
  std::fputs("\r\x1b[K", file_);
  std::fflush(file_);
  drawn_ = false;
}

void Progress::finish(std::string_view line) {
  if (style_ == ProgressStyle::quiet) return;
  if (drawn_) clear();
  std::fwrite(line.data(), 1, line.size(), file_);
  std::fputc('\n', file_);
  std::fflush(file_);
}

}  // namespace capstan::train
