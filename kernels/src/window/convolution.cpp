#include <capstan/kernels/window/convolution.hpp>
#include <capstan/tensor/visit_dtype.hpp>

#include "window/correlate.hpp"
#include "window/weights.hpp"

namespace capstan::kernels {

namespace {

/// Calls use(way), the way of computing that fits the shape.
template <class T, class Use>
auto with_way(Convolves which, const ConvolutionShape& shape, Isa isa, Use use) {
  if (which == Convolves::weights) return use(WeightCorrelator<T>{shape, isa});
  return use(Correlator<T>{shape, which == Convolves::forward, isa});
}

}  // namespace

ConvolutionScratch convolution_scratch(Convolves which, const ConvolutionShape& shape, Isa isa) {
  return visit_floating(shape.dtype, [&]<class T>(T) {
    return with_way<T>(which, shape, isa, [](const auto& way) { return way.scratch(); });
  });
}

void convolve(Convolves which, const ConvolutionShape& shape, const void* first, const void* second, void* result,
              void* scratch, int threads, Isa isa) {
  visit_floating(shape.dtype, [&]<class T>(T) {
    with_way<T>(which, shape, isa, [&](const auto& way) {
      way.run(static_cast<const T*>(first), static_cast<const T*>(second), static_cast<T*>(result),
              static_cast<std::byte*>(scratch), threads);
    });
  });
}

}  // namespace capstan::kernels
