#include "signals.hpp"

#include <array>
#include <atomic>
#include <mutex>

namespace capstan::train::detail {

namespace {

constexpr std::array signals{SIGTERM, SIGINT};

// Signals belong to the process, and a handler reaches nothing but a global variable.
std::atomic<unsigned> count{0};
static_assert(std::atomic<unsigned>::is_always_lock_free, "else a handler must not touch it");

extern "C" void capstan_note_signal(int) { count.fetch_add(1); }

/// What all objects share: the first one takes the signals, and the last one gives them back, in whichever order they go.
struct Handlers {
  std::mutex mutex;
  int objects = 0;
  std::array<struct sigaction, signals.size()> before{};  // what the signals did
};

constinit Handlers handlers;  // as signals are global

/// A signal that is ignored – as of a process in the background – stays ignored.
bool is_ignored(const struct sigaction& action) { return action.sa_handler == SIG_IGN; }

}  // namespace

StopSignals::StopSignals() : before_{count} {
  const std::lock_guard lock{handlers.mutex};
  if (handlers.objects++ > 0) return;
  struct sigaction action{};
  action.sa_handler = &capstan_note_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < signals.size(); ++i) {
    sigaction(signals[i], nullptr, &handlers.before[i]);
    if (!is_ignored(handlers.before[i])) sigaction(signals[i], &action, nullptr);
  }
}

StopSignals::~StopSignals() {
  const std::lock_guard lock{handlers.mutex};
  if (--handlers.objects > 0) return;
  for (std::size_t i = 0; i < signals.size(); ++i) {
    if (!is_ignored(handlers.before[i])) sigaction(signals[i], &handlers.before[i], nullptr);
  }
}

bool StopSignals::arrived() const noexcept { return count != before_; }

}  // namespace capstan::train::detail
