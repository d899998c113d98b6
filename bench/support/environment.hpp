// The environment that a benchmark runs in, the same for everybody in it.
#pragma once

namespace bench {

/// Starts this program again, unless it has been, with so many threads (OMP_NUM_THREADS) that do not spin between
/// regions (OMP_WAIT_POLICY=passive: two pools in one program would take the cores from each other), without any
/// OPENBLAS_* variable, and with a malloc that keeps what it is given back (MALLOC_TRIM_THRESHOLD_ and
/// MALLOC_MMAP_THRESHOLD_ of 1 GB): these are read before main starts, and are what the peer runs best with. Says what
/// it took out. Throws std::runtime_error if it cannot start.
void fix_environment(char** argv, int threads);

}  // namespace bench
