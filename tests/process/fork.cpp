// A child process has one thread: none of the pool's, which may have been in the midst of anything.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include <capstan/tensor/threads.hpp>

#include "check.hpp"

using namespace capstan;

namespace {

/// What a child does that runs `body`: its exit status, or −1 where a signal ended it.
template <class Body>
int status_of_child(const Body& body) {
  const pid_t child = fork();
  check(child >= 0);
  if (child == 0) {
    body();
    std::exit(0);
  }
  int status = 0;
  check(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void test_idle_pool() {
  for (const int count : {2, 4, 7}) {
    set_threads(count);
    const double value = compute();
    check(status_of_child([] {}) == 0);
    check(status_of_child([=] { check(compute() == value); }) == 0);
    check(status_of_child([=] {
            for (const int others : {3, 1, 5}) {
              set_threads(others);
              check(threads() == others && compute() == value);
            }
            check(status_of_child([=] { check(compute() == value); }) == 0);
          }) == 0);
    check(compute() == value);
  }
}

/// Another thread computes at the moment.
void test_busy_pool() {
  set_threads(3);
  const double value = compute();
  std::atomic<bool> enough{false};
  std::thread other{[&] {
    while (!enough) check(compute() == value);
  }};
  for (int round = 0; round < 40; ++round) {
    check(status_of_child([=] {
            check(compute() == value);
            set_threads(2);
            check(compute() == value);
          }) == 0);
  }
  enough = true;
  other.join();
}

/// Two blocks, of which the one on the asking thread, or the one on another, makes a child: the child's status, −1 where a
/// signal ended it, and −2 where one thread computed both blocks, as it may.
int fork_within_a_block(bool on_asking) {
  const std::thread::id asking = std::this_thread::get_id();
  const pid_t parent = getpid();
  const auto enough = std::chrono::steady_clock::now() + std::chrono::milliseconds{200};
  std::atomic<int> at_once{0}, status{-2};
  std::atomic<bool> forked{false};
  const auto wait_for = [&](auto holds) {
    while (!holds() && std::chrono::steady_clock::now() < enough) std::this_thread::yield();
  };
  try {
    engine::parallel_for(2, 2, [&](std::int64_t, int) {
      struct Block {
        std::atomic<int>& at_once;
        ~Block() { --at_once; }
      } const block{at_once};
      ++at_once;
      wait_for([&] { return at_once == 2; });
      if ((std::this_thread::get_id() == asking) != on_asking) return wait_for([&] { return forked.load(); });
      if (at_once < 2 || forked) return;
      const pid_t child = fork();
      if (child == 0) return;
      int ended = 0;
      check(waitpid(child, &ended, 0) == child);
      status = WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
      forked = true;
    });
  } catch (const Error& error) {
    check(getpid() != parent && std::string{error.what()}.rfind("fork: ", 0) == 0);
    check(compute() != 0.0);
    std::exit(5);
  }
  check(getpid() == parent);
  return status;
}

/// What the other threads had begun nobody computes in the child, which is told so; a child of another thread than the
/// one that asked has nobody to come back to, and ends.
void test_fork_within_a_block() {
  set_threads(2);
  for (const bool on_asking : {true, false}) {
    int status = -2;
    for (int tries = 0; tries < 50 && status == -2; ++tries) status = fork_within_a_block(on_asking);
    check(status == (on_asking ? 5 : 0));
  }
}

}  // namespace

int main() {
  check(status_of_child([] { check(compute() != 0.0); }) == 0);
  test_idle_pool();
  test_busy_pool();
  test_fork_within_a_block();
}
