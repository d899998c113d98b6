#include "counting_new.hpp"

#include <dlfcn.h>

#include <atomic>
#include <cstddef>
#include <new>

namespace {

constexpr std::uint64_t never = UINT64_MAX;

std::atomic<std::uint64_t> count{0};
std::atomic<std::int64_t> given{0};
std::atomic<std::uint64_t> first_failing{never}, last_failing{never};
std::atomic<bool> failed{false};

}  // namespace

std::uint64_t counting_new::calls() noexcept { return count.load(std::memory_order_relaxed); }
std::int64_t counting_new::alive() noexcept { return given.load(std::memory_order_relaxed); }

void counting_new::fail(std::uint64_t nth, Failing how) noexcept {
  const std::uint64_t first = calls() + nth;
  failed = false;
  last_failing = how == Failing::once ? first : never;
  first_failing = first;
}

bool counting_new::stop_failing() noexcept {
  first_failing = never;
  return failed;
}

#if COUNTING_NEW_WORKS

namespace {

/// The function of this name in the libraries behind the program.
template <class Function>
Function* next(const char* name) noexcept {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

bool is_refused() noexcept {
  const std::uint64_t call = count.fetch_add(1, std::memory_order_relaxed) + 1;
  if (call < first_failing || call > last_failing) return false;
  failed = true;
  return true;
}

/// While one of the functions here is at work on this thread: those behind them call one another, which is seen here
/// once more.
thread_local bool at_work = false;

struct Work {
  const bool is_outermost = !at_work;
  Work() noexcept { at_work = true; }
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;
  ~Work() { at_work = !is_outermost; }
};

template <class Function, class... Arguments>
void* take(Function* function, Arguments... arguments) {
  const Work work;
  if (!work.is_outermost) return function(arguments...);
  if (is_refused()) throw std::bad_alloc{};
  void* const memory = function(arguments...);
  given.fetch_add(1, std::memory_order_relaxed);
  return memory;
}

template <class Function, class... Arguments>
void* take_or_null(Function* function, Arguments... arguments) noexcept {
  const Work work;
  if (!work.is_outermost) return function(arguments..., std::nothrow);
  void* const memory = is_refused() ? nullptr : function(arguments..., std::nothrow);
  if (memory != nullptr) given.fetch_add(1, std::memory_order_relaxed);
  return memory;
}

template <class Function, class... Arguments>
void give_back(Function* function, void* memory, Arguments... arguments) noexcept {
  const Work work;
  if (work.is_outermost && memory != nullptr) given.fetch_sub(1, std::memory_order_relaxed);
  function(memory, arguments...);
}

using Size = std::size_t;
using Align = std::align_val_t;
using Nothrow = std::nothrow_t;

}  // namespace

// The names are those of the Itanium C++ ABI, with `m` for std::size_t.

void* operator new(Size n) {
  static auto* const f = next<void*(Size)>("_Znwm");
  return take(f, n);
}
void* operator new[](Size n) {
  static auto* const f = next<void*(Size)>("_Znam");
  return take(f, n);
}
void* operator new(Size n, Align a) {
  static auto* const f = next<void*(Size, Align)>("_ZnwmSt11align_val_t");
  return take(f, n, a);
}
void* operator new[](Size n, Align a) {
  static auto* const f = next<void*(Size, Align)>("_ZnamSt11align_val_t");
  return take(f, n, a);
}
void* operator new(Size n, const Nothrow&) noexcept {
  static auto* const f = next<void*(Size, const Nothrow&)>("_ZnwmRKSt9nothrow_t");
  return take_or_null(f, n);
}
void* operator new[](Size n, const Nothrow&) noexcept {
  static auto* const f = next<void*(Size, const Nothrow&)>("_ZnamRKSt9nothrow_t");
  return take_or_null(f, n);
}
void* operator new(Size n, Align a, const Nothrow&) noexcept {
  static auto* const f = next<void*(Size, Align, const Nothrow&)>("_ZnwmSt11align_val_tRKSt9nothrow_t");
  return take_or_null(f, n, a);
}
void* operator new[](Size n, Align a, const Nothrow&) noexcept {
  static auto* const f = next<void*(Size, Align, const Nothrow&)>("_ZnamSt11align_val_tRKSt9nothrow_t");
  return take_or_null(f, n, a);
}

void operator delete(void* p) noexcept {
  static auto* const f = next<void(void*)>("_ZdlPv");
  give_back(f, p);
}
void operator delete[](void* p) noexcept {
  static auto* const f = next<void(void*)>("_ZdaPv");
  give_back(f, p);
}
void operator delete(void* p, Size n) noexcept {
  static auto* const f = next<void(void*, Size)>("_ZdlPvm");
  give_back(f, p, n);
}
void operator delete[](void* p, Size n) noexcept {
  static auto* const f = next<void(void*, Size)>("_ZdaPvm");
  give_back(f, p, n);
}
void operator delete(void* p, Align a) noexcept {
  static auto* const f = next<void(void*, Align)>("_ZdlPvSt11align_val_t");
  give_back(f, p, a);
}
void operator delete[](void* p, Align a) noexcept {
  static auto* const f = next<void(void*, Align)>("_ZdaPvSt11align_val_t");
  give_back(f, p, a);
}
void operator delete(void* p, Size n, Align a) noexcept {
  static auto* const f = next<void(void*, Size, Align)>("_ZdlPvmSt11align_val_t");
  give_back(f, p, n, a);
}
void operator delete[](void* p, Size n, Align a) noexcept {
  static auto* const f = next<void(void*, Size, Align)>("_ZdaPvmSt11align_val_t");
  give_back(f, p, n, a);
}
void operator delete(void* p, const Nothrow&) noexcept { operator delete(p); }
void operator delete[](void* p, const Nothrow&) noexcept { operator delete[](p); }
void operator delete(void* p, Align a, const Nothrow&) noexcept { operator delete(p, a); }
void operator delete[](void* p, Align a, const Nothrow&) noexcept { operator delete[](p, a); }

#endif
