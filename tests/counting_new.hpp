// Stands in front of operator new – plain, array, aligned, nothrow – in the whole test program, on all threads: counts
// its calls, and makes those fail that a test picks. A test that nothing is allocated asks for the count before and
// after:
//
//   const std::uint64_t before = counting_new::calls();
//   step();
//   const std::uint64_t calls = counting_new::calls() - before;  // before any assertion: Catch2 itself allocates
//   if (counting_new::works) CHECK(calls == 0);
//
// How a test makes calls fail, one after another, stands in failing_walk.hpp. Memory that a C library takes by malloc is
// neither counted nor refused.
#pragma once

#include <cstdint>

// The calls are handed on to the operator new that would serve them otherwise, a sanitizer's own included. Clang links
// its sanitizers into the program, where there is no other one to hand them on to.
#if defined(__clang__) && defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COUNTING_NEW_WORKS false
#endif
#endif
#ifndef COUNTING_NEW_WORKS
#define COUNTING_NEW_WORKS true
#endif

namespace counting_new {

/// Whether anything is counted and can fail. If not, the counts are always 0.
constexpr bool works = COUNTING_NEW_WORKS;

/// How often operator new was called since the program began; calls that failed included.
std::uint64_t calls() noexcept;

/// What operator new gave and operator delete has not taken back.
std::int64_t alive() noexcept;

enum class Failing : std::uint8_t {
  once,   ///< the memory of a moment is missing
  onward  ///< there is none, until some is given back elsewhere
};

/// Makes the nth call from now on fail, counted from 1, and if `onward` all after it.
void fail(std::uint64_t nth, Failing how) noexcept;

/// No call fails any more. Returns whether one did.
bool stop_failing() noexcept;

}  // namespace counting_new
