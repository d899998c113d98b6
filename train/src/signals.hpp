// StopSignals: SIGTERM and SIGINT ask to stop, as long as the object lives, instead of ending the process.
#pragma once

#include <csignal>

namespace capstan::train::detail {

class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// Whether one came since the object was made.
  bool arrived() const noexcept;

 private:
  std::sig_atomic_t before_;
  struct sigaction terminate_{}, interrupt_{};  // what the signals did before
};

}  // namespace capstan::train::detail
