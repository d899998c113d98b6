// FloatMode: how a thread rounds, whether it flushes denormal numbers to zero, and which exceptions it traps. A worker
// computes in the mode of the calling thread, so that a result does not depend on which thread computed which part.
#pragma once

#if defined(__x86_64__)
#include <cstdint>

#include <immintrin.h>
#else
#include <cfenv>
#endif

namespace capstan {

#if defined(__x86_64__)

class FloatMode {
 public:
  static FloatMode of_this_thread() noexcept { return {_mm_getcsr() & ~raised, x87()}; }

  /// Sets the mode of the calling thread. Writing the registers costs more than reading them, and is rarely needed.
  void enter() const noexcept {
    const std::uint32_t vectors = _mm_getcsr();
    if ((vectors & ~raised) != vectors_) _mm_setcsr(vectors_ | (vectors & raised));
    if (x87() != x87_) __asm__ volatile("fldcw %0" : : "m"(x87_));
  }

 private:
  static constexpr std::uint32_t raised = _MM_EXCEPT_MASK;  ///< exceptions that occurred, no part of the mode

  FloatMode(std::uint32_t vectors, std::uint16_t x87) noexcept : vectors_{vectors}, x87_{x87} {}

  /// The control word for `long double`, which a user's op may compute with.
  static std::uint16_t x87() noexcept {
    std::uint16_t word = 0;
    __asm__ volatile("fnstcw %0" : "=m"(word));
    return word;
  }

  std::uint32_t vectors_;
  std::uint16_t x87_;
};

#else

class FloatMode {
 public:
  static FloatMode of_this_thread() noexcept {
    FloatMode mode;
    std::fegetenv(&mode.environment_);
    return mode;
  }
  void enter() const noexcept { std::fesetenv(&environment_); }

 private:
  std::fenv_t environment_;
};

#endif

}  // namespace capstan
