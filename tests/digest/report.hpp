// Report: runs programs with the settings of the command line, and prints a digest of each section and one of all.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <capstan/graph/gradients.hpp>
#include <capstan/graph/tape.hpp>

#include "digest.hpp"

namespace digest {

struct Settings {
  int threads = 1;
  bool eager = false;
  std::int64_t budget = 0;  ///< of each tape; 0: none. A program that cannot do with it gets the least that it can
  int every = 1;            ///< run only one program in so many of each section, the first one included
  bool plans = false;       ///< digest plans in place of values
  bool verbose = false;     ///< print each program as well, and its plans
};

/// What a program shows of itself: values, or the plans that were made for them.
class Notes {
 public:
  explicit Notes(const Settings& settings) : settings_{settings} {}

  void value(const capstan::Tensor& x);
  void gradients(const capstan::Gradients& gradients);
  /// The plans that were run since the last rewind, but for the user's source lines, which may move.
  void plans(const capstan::Tape& tape);

  std::uint64_t digest() const noexcept { return digest_.value(); }
  const std::string& text() const noexcept { return text_; }

 private:
  const Settings& settings_;
  Digest digest_;
  std::string text_;  // of the plans, if verbose
};

/// Records on tapes of its own, made with the options. It may be run several times, and must do the same each time.
using Program = std::function<void(const capstan::TapeOptions& options, Notes& notes)>;

class Report {
 public:
  explicit Report(const Settings& settings) : settings_{settings} {}

  /// Adds a program to the section at hand, unless it is left out.
  void run(std::string_view name, const Program& program);
  /// Prints the section's line, and begins the next section.
  void end_section(std::string_view name);
  /// Prints the line of all sections.
  void end() const;

 private:
  Notes noted(const Program& program) const;

  const Settings& settings_;
  Digest section_, all_;
  int offered_ = 0;       // to the section
  int programs_ = 0;      // that it ran
  int all_programs_ = 0;  // of the sections that have ended
};

/// The sections, each in a file of its own.
void report_samples(Report& report);
void report_graphs(Report& report);
void report_nets(Report& report);

}  // namespace digest
