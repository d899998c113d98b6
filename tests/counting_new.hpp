// Counts calls of operator new – plain, array, aligned, nothrow – in the whole test program, on all threads. A test
// that nothing is allocated asks for the count before and after:
//
//   const std::uint64_t before = counting_new::calls();
//   step();
//   const std::uint64_t calls = counting_new::calls() - before;  // before any assertion: Catch2 itself allocates
//   if (counting_new::works) CHECK(calls == 0);
//
// Memory that a C library takes by malloc is not counted.
#pragma once

#include <cstdint>

// Under a sanitizer its own operator new stays: it is what finds a delete that does not fit its new.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COUNTING_NEW_WORKS false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COUNTING_NEW_WORKS false
#endif
#endif
#ifndef COUNTING_NEW_WORKS
#define COUNTING_NEW_WORKS true
#endif

namespace counting_new {

/// Whether anything is counted. Under a sanitizer `calls` is always 0.
constexpr bool works = COUNTING_NEW_WORKS;

/// How often operator new was called since the program began.
std::uint64_t calls() noexcept;

}  // namespace counting_new
