// A user's op ends the process while other threads compute what belongs to a static object.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "check.hpp"

using namespace capstan;

namespace {

std::atomic<bool> asking_is_within{false}, ending{false};

/// Ends the process in a block of the thread that asks, or of another one.
[[noreturn]] void exit_in_block(bool on_asking) {
  set_threads(3);
  static const std::thread::id asking = std::this_thread::get_id();
  const CustomOp last{{.name = "last",
                       .forward =
                           [=](const CustomForward& f) {
                             const bool is_asking = std::this_thread::get_id() == asking;
                             if (is_asking) asking_is_within = true;
                             if (is_asking == on_asking && !ending.exchange(true)) {
                               while (!asking_is_within) std::this_thread::yield();
                               std::exit(3);
                             }
                             // Another thread gets a block, unless it gets no time at all.
                             for (int wait = 0; is_asking && !ending && wait < 5000; ++wait)
                               std::this_thread::sleep_for(std::chrono::milliseconds{1});
                             for (float& y : f.output<float>()) y = f.input<float>(0)[0];
                             std::this_thread::sleep_for(std::chrono::microseconds{20});
                           },
                       .elementwise = true}};
  static Tape tape;
  (void)last(tape.constant(Tensor::full({1 << 21}, 0.5))).value();
  std::_Exit(4);
}

}  // namespace

int main() {
  for (const bool on_asking : {true, false}) {
    for (int round = 0; round < 5; ++round) {
      const pid_t child = fork();
      if (child == 0) exit_in_block(on_asking);
      int status = 0;
      check(waitpid(child, &status, 0) == child);
      check(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    }
  }
}
