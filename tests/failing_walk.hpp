// A walk of failing allocations: whatever call of operator new fails within a piece of work, what comes out is
// std::bad_alloc, nothing leaks, and the objects are as they were before, so that the same work then gives the same
// bits. A scene is the objects and the work:
//
//   struct Sum {
//     Tape tape;
//     Tensor x = Tensor::ones({3});
//     void run(Outcome& out) { tape.rewind(); out.add(sum(tape.constant(x)).value()); }
//   };
//   TEST_CASE("a sum stands failing allocations") { CHECK(walk<Sum>() > 0); }
//
// What `run` does last is what changes the objects, if it changes them: a run that threw counts as not made.
#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <new>
#include <span>
#include <stdexcept>
#include <string_view>
#include <thread>

#include <capstan/tensor/tensor.hpp>

#include "catch.hpp"
#include "counting_new.hpp"

/// The numbers that a run gave, bit by bit. Takes no memory: calls that fail are the library's.
class Outcome {
 public:
  void add(double number) {
    if (size_ == bits_.size()) throw std::length_error{"an outcome of too many numbers"};
    bits_[size_++] = std::bit_cast<std::uint64_t>(number);
  }
  /// Row-major, however x lies.
  void add(const capstan::Tensor& x) {
    std::array<std::int64_t, capstan::max_rank> position{};
    for (std::int64_t i = 0; i < x.elements(); ++i) {
      add(x.at(std::span{position}.first(x.rank())));
      for (std::size_t axis = x.rank(); axis-- > 0;) {
        if (++position[axis] < x.shape()[axis]) break;
        position[axis] = 0;
      }
    }
  }
  void add(std::string_view text) {
    for (const char c : text) add(static_cast<double>(c));
  }

  friend bool operator==(const Outcome& a, const Outcome& b) noexcept {
    if (a.size_ != b.size_) return false;
    for (std::size_t i = 0; i < a.size_; ++i) {
      if (a.bits_[i] != b.bits_[i]) return false;
    }
    return true;
  }

 private:
  std::array<std::uint64_t, 4096> bits_;
  std::size_t size_ = 0;
};

namespace failing_walk {

constexpr int runs = 3;  // whose outcomes are known

/// Runs while the nth call fails. Whether one did.
enum class Run : std::uint8_t { undisturbed, threw, managed };

template <class Scene>
Run run_failing(Scene& scene, std::uint64_t nth, counting_new::Failing how, Outcome& out) {
  counting_new::fail(nth, how);
  bool threw = false;
  try {
    scene.run(out);
  } catch (const std::bad_alloc&) {
    threw = true;
  } catch (...) {
    counting_new::stop_failing();
    throw;
  }
  const bool failed = counting_new::stop_failing();
  return !failed ? Run::undisturbed : threw ? Run::threw : Run::managed;
}

/// What follows a run that threw, or one that managed to do without, is what follows none, or one.
template <class Scene>
bool goes_on(Scene& scene, Run run, const Outcome& first, std::span<const Outcome> right) {
  if (run == Run::managed && !(first == right[0])) return false;
  for (int i = run == Run::managed ? 1 : 0; i < runs; ++i) {
    Outcome out;
    scene.run(out);
    if (!(out == right[static_cast<std::size_t>(i)])) return false;
  }
  return true;
}

/// What is alive beyond so much. A thread that ends gives its memory back a moment after it was waited for.
inline std::int64_t alive_beyond(std::int64_t alive) {
  for (int look = 0; look < 1000 && counting_new::alive() != alive; ++look)
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  return counting_new::alive() - alive;
}

/// A scene of its own for each call that fails. Returns how many there are.
template <class Scene>
std::uint64_t each_call(counting_new::Failing how, std::span<const Outcome> right) {
  for (std::uint64_t nth = 1;; ++nth) {
    const std::int64_t alive = counting_new::alive();
    Run run{};
    bool is_right = true;
    {
      Scene scene;
      Outcome out;
      run = run_failing(scene, nth, how, out);
      if (run != Run::undisturbed) is_right = goes_on(scene, run, out, right);
    }
    const std::int64_t leaked = alive_beyond(alive);
    const std::string_view which = how == counting_new::Failing::once ? "call" : "call and all after it";
    if (!is_right) FAIL_CHECK("when the " << which << " fails, another outcome follows: call " << nth);
    if (leaked != 0) FAIL_CHECK("when the " << which << " fails, " << leaked << " pieces are left: call " << nth);
    if (run == Run::undisturbed) return nth - 1;
  }
}

/// One scene that is tried again and again, each time with one call more.
template <class Scene>
void one_scene(std::span<const Outcome> right) {
  Scene scene;
  for (std::uint64_t nth = 1;; ++nth) {
    Outcome out;
    const Run run = run_failing(scene, nth, counting_new::Failing::once, out);
    if (run == Run::threw) continue;
    if (!goes_on(scene, Run::managed, out, right)) FAIL_CHECK("after all the failures another outcome follows");
    return;
  }
}

}  // namespace failing_walk

/// Walks the calls of operator new within Scene::run. Returns how many there are.
template <class Scene>
std::uint64_t walk() {
  if (!counting_new::works) return 1;
  std::array<Outcome, failing_walk::runs> right;
  {
    Scene scene;
    for (Outcome& out : right) scene.run(out);
  }
  const std::uint64_t calls = failing_walk::each_call<Scene>(counting_new::Failing::once, right);
  failing_walk::each_call<Scene>(counting_new::Failing::onward, right);
  failing_walk::one_scene<Scene>(right);
  return calls;
}
