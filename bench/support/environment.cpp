#include "support/environment.hpp"

#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

namespace bench {

void fix_environment(char** argv, int threads) {
  constexpr std::string_view mark = "CAPSTAN_BENCH_RESTARTED=1";
  std::vector<std::string> set{std::string{mark},
                               fmt::format("OMP_NUM_THREADS={}", threads),
                               "OMP_WAIT_POLICY=passive",
                               fmt::format("OPENBLAS_NUM_THREADS={}", threads),
                               "MALLOC_TRIM_THRESHOLD_=1000000000",
                               "MALLOC_MMAP_THRESHOLD_=1000000000"};
#if defined(__x86_64__)
  // Of a processor that it does not know, OpenBLAS would use the oldest kernels.
  if (__builtin_cpu_supports("avx512f")) set.emplace_back("OPENBLAS_CORETYPE=SKYLAKEX");
#endif
  std::vector<std::string> kept = set;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text{*variable};
    if (text == mark) return;
    const std::string_view name = text.substr(0, text.find('=') + 1);
    bool is_set = false;
    for (const std::string& other : set) is_set = is_set || other.starts_with(name);
    if (text.starts_with("OPENBLAS_") && !is_set) {
      fmt::print("{} is taken out of the environment\n", text);
    } else if (!is_set) {
      kept.emplace_back(text);
    }
  }
  std::vector<char*> variables;
  variables.reserve(kept.size() + 1);
  for (std::string& variable : kept) variables.push_back(variable.data());
  variables.push_back(nullptr);
  std::fflush(stdout);
  execve("/proc/self/exe", argv, variables.data());
  throw std::runtime_error{"the program cannot start itself again in the environment of benchmarks"};
}

}  // namespace bench
