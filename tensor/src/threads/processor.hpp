// How a thread waits on its processor, and whether it was kept from it.
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

/// Whether the calling thread had to leave its processor to others although there was work, since it was last asked; `times`
/// counts. Where the system does not say, it had.
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
