#include "report.hpp"

#include <cctype>
#include <optional>
#include <sstream>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>

#include "tape_state.hpp"

namespace digest {

using namespace capstan;

namespace {

/// A line of explain without "file:line" at its end, and without the spaces before that.
std::string_view without_place(std::string_view line) {
  std::size_t end = line.size();
  while (end > 0 && std::isdigit(static_cast<unsigned char>(line[end - 1])) != 0) --end;
  if (end == line.size() || end == 0 || line[end - 1] != ':') return line;
  const std::string_view before = line.substr(0, line.rfind(' ') + 1);
  return before.substr(0, before.find_last_not_of(' ') + 1);
}

std::string without_places(const std::string& text) {
  std::istringstream lines{text};
  std::string result;
  for (std::string line; std::getline(lines, line);) result.append(without_place(line)) += '\n';
  return result;
}

/// To the byte; explain rounds it.
std::string block_bytes(const Tape& tape) {
  std::string text;
  for (const auto* plan : tape.state().plans_run()) text += fmt::format("block of {} bytes\n", plan->arena_bytes());
  return text;
}

/// The number that follows a piece of text.
std::optional<std::int64_t> number_after(std::string_view text, std::string_view before) {
  const std::size_t at = text.find(before);
  if (at == text.npos) return std::nullopt;
  return std::stoll(std::string{text.substr(at + before.size())});
}

/// The budget that a refusal asks for; nothing if it is another error.
std::optional<std::int64_t> asked_budget(std::string_view error, std::int64_t budget) {
  if (const auto least = number_after(error, "memory_budget must be at least ")) return least;
  const auto more = number_after(error, "this computation needs ");
  const auto left = number_after(error, " bytes, ");
  return more && left ? std::optional{budget + *more - *left} : std::nullopt;
}

}  // namespace

void Notes::value(const Tensor& x) {
  if (!settings_.plans) digest_.add(x);
}

void Notes::gradients(const Gradients& gradients) {
  for (const Gradients::Entry& entry : gradients.entries()) value(entry.value());
}

void Notes::plans(const Tape& tape) {
  if (!settings_.plans) return;
  const std::string text = without_places(tape.explain()) + block_bytes(tape);
  digest_.add(text);
  if (settings_.verbose) text_ += text;
}

/// What the program shows, on tapes of the least budget that it can do with if the one of the settings is less.
Notes Report::noted(const Program& program) const {
  TapeOptions options{.eager = settings_.eager, .threads = settings_.threads, .memory_budget = settings_.budget};
  while (true) {
    Notes notes{settings_};
    try {
      program(options, notes);
      return notes;
    } catch (const ValueError& error) {
      const auto asked = asked_budget(error.what(), options.memory_budget);
      if (!asked || *asked <= options.memory_budget) throw;
      options.memory_budget = *asked;
    }
  }
}

void Report::run(std::string_view name, const Program& program) {
  if (offered_++ % settings_.every != 0) return;
  const Notes notes = noted(program);
  section_.add(notes.digest());
  ++programs_;
  if (settings_.verbose) fmt::print("{:016x}  {}\n{}", notes.digest(), name, notes.text());
}

void Report::end_section(std::string_view name) {
  fmt::print("{:016x}  {:<48} {:>5} programs\n", section_.value(), name, programs_);
  all_.add(section_.value());
  all_programs_ += programs_;
  section_ = {};
  offered_ = programs_ = 0;
}

void Report::end() const { fmt::print("{:016x}  {:<48} {:>5} programs\n", all_.value(), "all", all_programs_); }

}  // namespace digest
