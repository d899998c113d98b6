#include "signals.hpp"

#include <csignal>
#include <optional>

#include "catch.hpp"

using capstan::train::detail::StopSignals;

namespace {

volatile std::sig_atomic_t own_calls = 0;

extern "C" void note_own(int) { own_calls = own_calls + 1; }

/// What a signal does, as long as the object lives.
class Disposition {
 public:
  Disposition(int signal, void (*handler)(int)) : signal_{signal}, before_{std::signal(signal, handler)} {}
  ~Disposition() { std::signal(signal_, before_); }
  Disposition(const Disposition&) = delete;
  Disposition& operator=(const Disposition&) = delete;

 private:
  int signal_;
  void (*before_)(int);
};

}  // namespace

TEST_CASE("signals do again what they did, whichever of two trainings ends first") {
  const Disposition own{SIGTERM, note_own};
  own_calls = 0;
  for (const bool first_ends_first : {false, true}) {
    std::optional<StopSignals> first{std::in_place}, second{std::in_place};
    (first_ends_first ? first : second).reset();
    std::raise(SIGTERM);
    CHECK((first_ends_first ? second : first)->arrived());
    (first_ends_first ? second : first).reset();
    const int before = own_calls;
    std::raise(SIGTERM);
    CHECK(own_calls == before + 1);
  }
}

TEST_CASE("a training stops for a signal that came since it began") {
  const Disposition own{SIGTERM, note_own};
  const StopSignals first;
  CHECK(!first.arrived());
  std::raise(SIGTERM);
  const StopSignals second;
  CHECK(first.arrived());
  CHECK(!second.arrived());
  std::raise(SIGTERM);
  CHECK(second.arrived());
}

TEST_CASE("a signal that the process ignores stays ignored") {
  const Disposition ignored{SIGINT, SIG_IGN};
  const Disposition own{SIGTERM, note_own};
  {
    const StopSignals stop;
    std::raise(SIGINT);
    CHECK(!stop.arrived());
  }
  struct sigaction action{};
  sigaction(SIGINT, nullptr, &action);
  CHECK(action.sa_handler == SIG_IGN);
}
