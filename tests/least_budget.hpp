// The smallest memory budget of a step, as the refusal of a smaller one names it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <capstan/graph/tape.hpp>
#include <capstan/tensor/error.hpp>

inline std::int64_t named_budget(const capstan::ValueError& error) {
  const std::string text = error.what(), before = "memory_budget must be at least ";
  return std::stoll(text.substr(text.find(before) + before.size()));
}

/// 0 if the step takes no memory at all.
inline std::int64_t least_budget(const std::function<void(capstan::Tape&)>& step) {
  capstan::Tape tape{{.memory_budget = 1}};
  try {
    step(tape);
  } catch (const capstan::ValueError& error) {
    return named_budget(error);
  }
  return 0;
}
