// StopSignals: SIGTERM and SIGINT ask to stop, as long as an object lives, instead of ending the process.
#pragma once

#include <csignal>

namespace capstan::train::detail {

class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// Whether one came since the object was made. A signal stops all trainings that wait for it.
  bool arrived() const noexcept;

 private:
  unsigned before_;  // signals that had come
};

}  // namespace capstan::train::detail
