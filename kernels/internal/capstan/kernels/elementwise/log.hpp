// Natural logarithm.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

struct Log : Unary {
  static constexpr std::string_view name = "log";
  template <class V>
  static V forward(V x) {
    return log(x);
  }
};

}  // namespace capstan::kernels
