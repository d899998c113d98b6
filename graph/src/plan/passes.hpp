// The passes of the planner, in the order in which they run (passes.cpp). Each one stands in a file of its own, or in a
// folder of its name, and says there what it takes, what it gives, and why it stands where it stands.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "plan/program.hpp"

namespace capstan::plan {

/// Finds the values that the request needs. (select.cpp)
Program select(const PlanRequest& request);

/// Finds the products that are added to another value in its memory. (accumulate.cpp)
void accumulate(Program& program);

/// Finds what runs together, and in which order. (fuse/)
void fuse(Program& program);

/// How much of forward may be recomputed to save memory: elementwise ops and reductions of its first `part` of `parts`
/// equal parts, or, with `products`, everything inside each of `segments` checkpoint segments but the last. A value that
/// leaves its segment is saved.
struct RecomputePolicy {
  std::uint32_t part, parts;
  std::uint32_t segments;
  bool products;
};

/// What to try, beginning with the policy that recomputes least.
std::vector<RecomputePolicy> recompute_policies();

/// The program in which backward recomputes what costs less time to compute than to write and read, or nothing where no
/// value is worth it. Its units are not made yet, as those of the next one. (recompute/for_time.cpp)
std::optional<Program> recompute_for_time(const Program& program);

/// The program in which backward recomputes what the policy allows and a minimum cut chooses, or nothing where there is no
/// such value. (recompute/for_memory.cpp)
std::optional<Program> recompute_for_memory(const Program& program, const RecomputePolicy& policy);

/// Finds where everything lies that is read and written. (lay.cpp)
void lay(Program& program);

/// Joins a product, a group and a product over one matrix. (stream.cpp)
void stream(Program& program);

struct Draft;
/// Makes the instructions. Takes the buffers from the program. (emit/)
Draft emit(Program& program);

/// Gives each buffer its offset. (place/)
Plan place(Draft draft);

}  // namespace capstan::plan
