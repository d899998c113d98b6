// The instruction sets that tests of kernels go through.
#pragma once

#include <vector>

#include <capstan/tensor/isa.hpp>

namespace capstan {

/// Those that this processor can run.
inline std::vector<kernels::Isa> supported_isas() {
  std::vector<kernels::Isa> isas;
  for (const kernels::Isa isa : kernels::all_isas)
    if (kernels::is_supported(isa)) isas.push_back(isa);
  return isas;
}

}  // namespace capstan
