// Contestant: somebody who can do a workload. Ours, the floor under it and the peer start from the same numbers, must
// come to the same results, and are then timed in turns.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "support/report.hpp"

namespace bench {

/// Costs, gradients, parameters: each compared by itself, relative to its largest element.
using Results = std::vector<std::vector<float>>;

struct Contestant {
  std::function<void()> step;        ///< what is timed; none: nobody is there
  std::function<Results()> results;  ///< of the steps so far; none where it has nothing to show, as bare products
};

/// What ours is measured against in one record.
struct Rivals {
  std::string variant;
  double target = 0.0;
  bool absolute = false;  ///< as in Record
  std::string floor_name;
  Contestant floor;
  std::string peer_name = {};
  Contestant peer = {};
};

struct Workload {
  std::string name;  ///< W1 … W6
  std::string unit;
  double per_second;        ///< units in a second, of the part of a step that is stated
  double tolerance = 1e-4;  ///< of results, relative to the largest element
};

/// Lets everybody make three steps and compares the results, then times all in one race. One record for each entry of
/// `rivals`. Throws std::runtime_error where results differ.
std::vector<Record> measure(const Options& options, const Workload& workload, const Contestant& ours,
                            const std::vector<Rivals>& rivals);

}  // namespace bench
