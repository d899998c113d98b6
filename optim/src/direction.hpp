// What the loops of optimizers share.
#pragma once

#include <type_traits>

namespace capstan::optim {

/// d = dp + λ·p. Without decay p stays out of it, so that an infinite p does no harm.
template <bool decay, class T>
T direction(T dp, T p, T weight_decay) {
  if constexpr (decay) return dp + weight_decay * p;
  return dp;
}

/// Calls use(std::true_type) or use(std::false_type), so that a loop is compiled for each and asks nothing inside.
template <class Use>
void choose(bool value, const Use& use) {
  if (value) {
    use(std::true_type{});
  } else {
    use(std::false_type{});
  }
}

}  // namespace capstan::optim
