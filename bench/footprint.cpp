// What the library costs beside its work: seconds to compile a user's program at -O2, bytes of the stripped static
// libraries and of the stripped program, the time from the start of a training program to the end of its first step, and
// the memory that its process takes.

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "support/measure.hpp"
#include "support/report.hpp"

namespace {

namespace fs = std::filesystem;

void call(const std::string& command) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): there is no other thread
  if (std::system(command.c_str()) != 0) throw std::runtime_error{fmt::format("failed: {}", command)};
}

std::string compile_command(const char* source) {
  return fmt::format("{} -std=c++20 -O2 {} -c {} -o /dev/null", FOOTPRINT_COMPILER, FOOTPRINT_FLAGS, source);
}

double megabytes(const fs::path& file) { return static_cast<double>(fs::file_size(file)) / 1e6; }

/// The size of a file after strip, which works on a copy.
double stripped(const std::string& file, const std::string& option, const fs::path& folder) {
  const fs::path copy = folder / fs::path{file}.filename();
  call(fmt::format("strip {} -o '{}' '{}'", option, copy.string(), file));
  return megabytes(copy);
}

bench::Record compile_time(int rounds) {
  const bench::Timing t = bench::compare(
      rounds, 0.0, [] { call(compile_command(FOOTPRINT_USER)); }, [] { call(compile_command(FOOTPRINT_NOTHING)); });
  return {.workload = "footprint",
          .variant = "compile a user's program, -O2",
          .unit = "s",
          .ours = t.ours,
          .floor = t.floor,
          .ratio_floor = t.ratio,
          .target = 2.5,
          .absolute = true,
          .floor_name = "a program of the standard headers and fmt"};
}

bench::Record record(const char* variant, const char* unit, double ours, double floor, double target,
                     const char* floor_name) {
  return {.workload = "footprint",
          .variant = variant,
          .unit = unit,
          .ours = ours,
          .floor = floor,
          .ratio_floor = ours / floor,
          .target = target,
          .absolute = true,
          .floor_name = floor_name};
}

double libraries(const fs::path& folder) {
  double total = 0.0;
  const std::string list = FOOTPRINT_LIBRARIES;
  for (std::size_t start = 0; start < list.size();) {
    const std::size_t end = std::min(list.find('|', start), list.size());
    total += stripped(list.substr(start, end - start), "--strip-unneeded", folder);
    start = end + 1;
  }
  return total;
}

/// What the training program prints: the clock after its first step, and kilobytes.
struct Run {
  double milliseconds, megabytes;
};

Run run_training(const fs::path& folder) {
  const fs::path output = folder / "training.txt";
  const double start = bench::seconds();
  call(fmt::format("exec '{}' > '{}'", FOOTPRINT_TRAINING_PROGRAM, output.string()));
  double first_step = 0.0, kilobytes = 0.0;
  std::ifstream{output} >> first_step >> kilobytes;
  if (kilobytes == 0.0) throw std::runtime_error{"the training program did not say how much memory it took"};
  return {(first_step * 1e-9 - start) * 1e3, kilobytes / 1e3};
}

std::vector<bench::Record> training(const bench::Options& options, const fs::path& folder) {
  std::vector<double> times, sizes, shell;
  for (int round = 0; round < (options.quick ? 1 : 15); ++round) {
    const Run run = run_training(folder);
    times.push_back(run.milliseconds);
    sizes.push_back(run.megabytes);
    const double start = bench::seconds();
    call(fmt::format("exec '{}' > /dev/null", FOOTPRINT_NOTHING_PROGRAM));
    shell.push_back((bench::seconds() - start) * 1e3);
  }
  // Parameters, their gradients, the batch and its labels.
  constexpr double values = 2.0 * (512 * 785 + 512 * 513 + 10 * 513) + 784 * 128 + 128;
  return {record("start to the end of a first step of W2, batch 128", "ms", bench::median(times), bench::median(shell),
                 15, "a program of nothing, from start to end"),
          record("memory of a process that trains W2, batch 128", "MB", bench::median(sizes), values * 4 / 1e6, 15,
                 "its parameters, gradients and batch")};
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Options options =
      bench::parse_options(argc, argv, "Seconds to compile a user's program, megabytes of the library");
  std::string folder = (fs::temp_directory_path() / "capstan-footprint-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) {
    fmt::print(stderr, "{} cannot be made: {}\n", folder, std::generic_category().message(errno));
    return 1;
  }
  try {
    const double program = stripped(FOOTPRINT_PROGRAM, "-s", folder);
    const double nothing = stripped(FOOTPRINT_NOTHING_PROGRAM, "-s", folder);
    std::vector<bench::Record> records{
        compile_time(options.quick ? 1 : 5),
        record("static libraries, stripped", "MB", libraries(folder), nothing, 6.0, "a program of nothing"),
        record("a user's program, stripped", "MB", program, nothing, 6.0, "a program of nothing")};
    for (const bench::Record& record : training(options, folder)) records.push_back(record);
    const int result = bench::finish(options, records);
    fs::remove_all(folder);
    return result;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    fs::remove_all(folder);
    return 1;
  }
}
