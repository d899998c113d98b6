// What these programs check with; Catch2 has objects of its own that are made before main.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <source_location>

#include <capstan/capstan.hpp>

/// The process ends at once where it does not hold.
inline void check(bool holds, std::source_location where = std::source_location::current()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%u: does not hold\n", where.file_name(), static_cast<unsigned>(where.line()));
  std::_Exit(1);
}

/// A loss of 200,000 elements and its gradient, as one number: work enough for every thread of the pool.
inline double compute() {
  capstan::Tape tape;
  const capstan::Var x = tape.variable(capstan::Tensor::full({400, 500}, 0.25, capstan::DType::f64));
  const capstan::Gradients g = tape.backward(capstan::mean(capstan::tanh(capstan::exp(x) * x)));
  return capstan::sum(tape.constant(g[x])).item();
}
