#include "tape_home.hpp"

#include <memory>
#include <mutex>
#include <new>

#ifdef __unix__
#include <pthread.h>
#endif

#include "tape_state.hpp"

namespace capstan {

namespace {

/// A home without a tape, in the list of free ones.
struct FreeHome {
  TapeHome home;
  FreeHome* next;
};

constexpr std::size_t home_bytes = sizeof(TapeHome) + sizeof(TapeState);
static_assert(alignof(TapeState) <= alignof(TapeHome) && sizeof(TapeHome) % alignof(TapeState) == 0);
static_assert(sizeof(FreeHome) <= home_bytes);

constinit std::mutex mutex;
constinit FreeHome* free_homes = nullptr;

/// Keeps a forked child from finding the mutex held by a thread that it does not have.
void guard_fork() {
#ifdef __unix__
  static const int registered = pthread_atfork([] { mutex.lock(); }, [] { mutex.unlock(); }, [] { mutex.unlock(); });
  static_cast<void>(registered);
#endif
}

TapeHome* take_home() {
  guard_fork();
  {
    const std::lock_guard lock{mutex};
    if (FreeHome* const found = free_homes; found != nullptr) {
      free_homes = found->next;
      return &found->home;
    }
  }
  return new (::operator new(home_bytes, std::align_val_t{alignof(TapeHome)})) TapeHome;
}

void give_back(TapeHome* home) noexcept {
  auto* const free = reinterpret_cast<FreeHome*>(home);
  const std::lock_guard lock{mutex};
  free->next = free_homes;
  free_homes = free;
}

}  // namespace

TapeStatePtr make_tape_state(const TapeOptions& options) {
  TapeHome* const home = take_home();
  try {
    return TapeStatePtr{new (home + 1) TapeState{options}};
  } catch (...) {
    give_back(home);
    throw;
  }
}

void DeleteTapeState::operator()(TapeState* state) const noexcept {
  TapeHome& home = state->home();
  state->~TapeState();
  home.generation.store(0, std::memory_order_relaxed);
  give_back(&home);
}

}  // namespace capstan
