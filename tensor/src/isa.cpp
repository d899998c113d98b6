#include <capstan/tensor/isa.hpp>

#include <cstdlib>
#include <string>

#include <fmt/core.h>

#include <capstan/tensor/error.hpp>

namespace capstan::kernels {

std::string_view name_of(Isa isa) noexcept {
  return isa == Isa::portable ? "portable" : isa == Isa::avx2 ? "avx2" : "avx512";
}

bool is_supported(Isa isa) noexcept {
#if defined(__x86_64__)
  // The compiler's check also asks the operating system whether it saves the wide registers.
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (isa == Isa::avx2) return avx2;
  if (isa == Isa::avx512) {
    return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl");
  }
#endif
  return isa == Isa::portable;
}

Isa best_isa() noexcept {
  return is_supported(Isa::avx512) ? Isa::avx512 : is_supported(Isa::avx2) ? Isa::avx2 : Isa::portable;
}

Isa parse_isa(const char* value, bool (*supported)(Isa) noexcept) {
  const std::string_view wanted = value == nullptr ? std::string_view{} : value;
  if (wanted.empty()) return best_isa();
  std::string possible;
  for (const Isa isa : all_isas) {
    if (!supported(isa)) continue;
    if (wanted == name_of(isa)) return isa;
    possible += possible.empty() ? "" : ", ";
    possible += name_of(isa);
  }
  throw ValueError{
      fmt::format("CAPSTAN_ISA: must be one of what this processor runs ({}), got \"{}\"", possible, wanted)};
}

Isa chosen_isa() {
  // Read once, by one thread; nothing here writes the environment.
  static const Isa isa = parse_isa(std::getenv("CAPSTAN_ISA"));  // NOLINT(concurrency-mt-unsafe)
  return isa;
}

}  // namespace capstan::kernels
