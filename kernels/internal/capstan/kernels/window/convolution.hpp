// Convolutions of up to three spatial axes and their two gradients. All arrays are row-major:
//
//   x (examples, groups · inputs, in…), W (groups · outputs, inputs, taps…), y (examples, groups · outputs, out…)
//
//   y[n, o, q…] = Σ over c, t… of W[o, c, t…] · x[n, c, q·stride + t·dilation − before…]
//
// A tap that meets no element of x, because it lies in the padding, contributes nothing: not even NaN where its weight is
// infinite. The way of computing follows from the whole shape, so that the bits depend neither on the number of threads
// nor on the part that a thread takes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <capstan/tensor/dtype.hpp>
#include <capstan/tensor/isa.hpp>

namespace capstan::kernels {

/// Along one spatial axis, output q and tap t meet element q·stride + t·dilation − before of the input.
struct ConvolutionAxis {
  std::int64_t in = 1, out = 1, taps = 1;
  std::int64_t stride = 1, dilation = 1, before = 0;
};

/// What is convolved. A convolution of fewer axes leaves the others as they are; the first axis is the one whose padding
/// costs least, so that one of two axes uses the first and the last.
struct ConvolutionShape {
  DType dtype = DType::f32;
  std::int64_t examples = 1, groups = 1;
  std::int64_t inputs = 1, outputs = 1;  ///< channels of one group
  std::array<ConvolutionAxis, 3> axes = {};
};

/// Which of the three arrays is computed from the other two.
enum class Convolves : std::uint8_t {
  forward,  ///< y from x and W
  input,    ///< dx from dy and W
  weights,  ///< dW from x and dy
};

/// Bytes of scratch: what the threads share, and what each of them needs beside that.
struct ConvolutionScratch {
  std::size_t shared = 0, worker = 0;
};
ConvolutionScratch convolution_scratch(Convolves which, const ConvolutionShape& shape, Isa isa = chosen_isa());

/// Computes the array, from the first and second ones that Convolves names, on so many threads at most. The scratch is
/// aligned to 64 bytes and has shared bytes, rounded up to a multiple of 64, and then such a piece for each thread.
void convolve(Convolves which, const ConvolutionShape& shape, const void* first, const void* second, void* result,
              void* scratch, int threads, Isa isa = chosen_isa());

}  // namespace capstan::kernels
