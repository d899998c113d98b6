#!/bin/sh
# nothing_runs_before_main.sh NM LIBRARY…: no member of the libraries has an initialiser that runs before main, or registers
# a destructor. An op that is not `constexpr` has both, and then a tape in a global is a matter of the linker's order.
set -eu
nm=$1
shift
found=$(for library; do "$nm" -A "$library"; done | grep -E ' (_GLOBAL__|__cxx_global|___?cxa_(thread_)?atexit)' |
  # Boost's `none`, an empty object, is "made" there.
  grep -v 'min_cut\.cpp\.o:.* _GLOBAL__sub_I_min_cut\.cpp' || true)
[ -z "$found" ] || {
  echo "these run code before main, or after it:"
  echo "$found"
  exit 1
}
