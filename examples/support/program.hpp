// run: what the main function of every example does – read the command line, run, and say in plain words what went
// wrong.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

namespace examples {

/// Where a data set of the project lies; what --data is when it is not given.
inline std::string set_path(std::string_view name) { return fmt::format("{}/{}", CAPSTAN_EXAMPLES_SETS, name); }

/// What the number of an option must be. CLI11 has the same, but its message prints the largest number in 309 digits.
inline CLI::Validator positive() {
  return CLI::Validator{"POSITIVE"}.operation([](const std::string& text) {
    return std::strtod(text.c_str(), nullptr) > 0.0 ? std::string{} : "must be a number above 0, got " + text;
  });
}
inline CLI::Validator not_negative() {
  return CLI::Validator{"NOT NEGATIVE"}.operation([](const std::string& text) {
    return std::strtod(text.c_str(), nullptr) >= 0.0 ? std::string{} : "must be 0 or above, got " + text;
  });
}

/// Reads the command line and calls body(), which says whether the result is what it should be. The exit code is 0 if
/// so, and 1 otherwise and after an error, a capstan::Error or any other; CLI11's for a command line that is wrong.
template <class Body>
int run(CLI::App& app, int argc, char** argv, Body&& body) {
  // Lines appear when they are finished, into a file or a pipe as well.
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  try {
    app.parse(argc, argv);
    return body() ? 0 : 1;
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", app.get_name(), error.what());
    return 1;
  }
}

/// Prints whether a number is as high as was asked for, and returns it: what a program ends with.
inline bool reached(std::string_view what, double value, double expected) {
  const bool good = value >= expected;
  fmt::print("{} {:.4f}, expected at least {:.4f}: {}\n", what, value, expected, good ? "reached" : "NOT reached");
  return good;
}

}  // namespace examples
