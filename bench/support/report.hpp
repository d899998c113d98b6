// What a benchmark measured: printed as a table, and merged into a file of records.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace bench {

/// Another framework in the same run.
struct Peer {
  std::string name;
  double time = 0.0;   ///< in the record's unit
  double ratio = 0.0;  ///< peer / ours: above 1 ours is quicker
};

/// One measurement. ratio_floor = ours / floor.
struct Record {
  std::string workload;
  std::string variant;
  int threads = 1;
  std::string unit;
  double ours = 0.0;
  double floor = 0.0;
  double ratio_floor = 0.0;
  double target = 0.0;     ///< of ratio_floor, or of `ours` where absolute
  bool absolute = false;   ///< the target is one of `ours`
  std::string floor_name;  ///< what the floor is
  std::optional<Peer> peer = {};
};

/// What a benchmark was called with.
struct Options {
  bool quick = false;   ///< few rounds: to see that it runs, not for figures
  int threads = 1;      ///< everybody's
  std::string results;  ///< file to merge the records into; empty: none
};

/// --quick, --threads N and --results FILE; the library computes with so many threads from now on. Exits with 0 after --help and with 2 for what it does not know.
Options parse_options(int argc, char** argv, const char* what);

/// Prints the records as a table and merges them into options.results, where those of the same workload, variant and
/// threads are replaced. Returns the exit code: 1 where the file cannot be read or written.
int finish(const Options& options, const std::vector<Record>& records);

/// The main function of a workload: options, the environment of benchmarks, `body`, and finish. An exception is said
/// and gives exit code 1.
int run(int argc, char** argv, const char* what, const std::function<std::vector<Record>(const Options&)>& body);

}  // namespace bench
