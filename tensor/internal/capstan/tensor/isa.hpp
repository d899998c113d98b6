// The instruction set that kernels run with, chosen once when the program first needs one: the widest that the
// processor has, or the one that the environment variable CAPSTAN_ISA names (portable, avx2, avx512).
#pragma once

#include <cstdint>
#include <string_view>

namespace capstan::kernels {

enum class Isa : std::uint8_t { portable, avx2, avx512 };

inline constexpr Isa all_isas[] = {Isa::portable, Isa::avx2, Isa::avx512};

std::string_view name_of(Isa isa) noexcept;

/// True if this processor and this build can run it.
bool is_supported(Isa isa) noexcept;

/// The widest set that is supported.
Isa best_isa() noexcept;

/// The set that CAPSTAN_ISA names; the best one if it is null or empty. ValueError, naming variable and value, if it is
/// not a set or not supported.
Isa parse_isa(const char* value, bool (*supported)(Isa) noexcept = is_supported);

/// The set that this program runs with. Reads the environment on the first call; ValueError as parse_isa, on every
/// call. A tape calls it when it is made, so that a wrong value is refused before anything is recorded.
Isa chosen_isa();

}  // namespace capstan::kernels
