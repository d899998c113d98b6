// How a thread waits on its processor, and whether the system took the processor from it.
#pragma once

#if defined(__linux__)
#include <sys/resource.h>
#endif

namespace capstan {

inline void pause() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// True if, since the last call, the system took the processor from the calling thread although it had work; `times`
/// counts how often. True also where the system does not tell.
inline bool was_preempted(long& times) noexcept {
#if defined(RUSAGE_THREAD)
  rusage usage{};
  if (getrusage(RUSAGE_THREAD, &usage) == 0) {
    const long before = times;
    times = usage.ru_nivcsw;
    return times > before;
  }
#endif
  (void)times;
  return true;
}

}  // namespace capstan
