// What the arithmetic of elementwise operations is written with. Such a struct has
//
//   name                     as messages and drawings show it
//   inputs                   how many there are: from Unary, Binary or Ternary
//   forward(V x, …)          the value on V, a register of numbers (lanes/lanes.hpp and math/math.hpp)
//   integers = true          if it takes i32 as well
//   Attributes               if it has options: a struct of doubles and of their names, which forward takes last
//
// and nothing else: what the tape must know beside it stands in ops (ops/src/elementwise/structs.hpp). list.hpp names them all. The
// functions that forward calls are found when it is instantiated, so these headers cost nobody the vector code.
#pragma once

#include <cstddef>
#include <string_view>

namespace capstan::kernels {

struct Unary {
  static constexpr std::size_t inputs = 1;
  static constexpr bool integers = false;
};
struct Binary {
  static constexpr std::size_t inputs = 2;
  static constexpr bool integers = false;
};
struct Ternary {
  static constexpr std::size_t inputs = 3;
  static constexpr bool integers = false;
};

}  // namespace capstan::kernels
