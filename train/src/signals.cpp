#include "signals.hpp"

namespace capstan::train::detail {

namespace {

// Signals belong to the process, and a handler reaches nothing but a global variable.
volatile std::sig_atomic_t count = 0;

extern "C" void capstan_note_signal(int) { count = count + 1; }

}  // namespace

StopSignals::StopSignals() : before_{count} {
  struct sigaction action{};
  action.sa_handler = &capstan_note_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGTERM, &action, &terminate_);
  sigaction(SIGINT, &action, &interrupt_);
}

StopSignals::~StopSignals() {
  sigaction(SIGTERM, &terminate_, nullptr);
  sigaction(SIGINT, &interrupt_, nullptr);
}

bool StopSignals::arrived() const noexcept { return count != before_; }

}  // namespace capstan::train::detail
