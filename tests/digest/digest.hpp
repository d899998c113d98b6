// Digest: 64 bits that stand for a sequence of numbers. It is the hash FNV-1a (Fowler, Noll, Vo) over words of 64 bits
// in place of bytes, with one more step: after each multiplication, which carries upwards only, the upper half of the
// state is folded into the lower half. Without that, two changed signs would cancel.
#pragma once

#include <cstdint>
#include <string_view>

#include <capstan/tensor/tensor.hpp>

namespace digest {

class Digest {
 public:
  void add(std::uint64_t word) noexcept {
    state_ = (state_ ^ word) * prime;
    state_ ^= state_ >> 32;
  }
  void add(std::string_view text) noexcept;
  /// Adds dtype, shape, and every bit of every element in row-major order, however the tensor lies in memory. Any NaN
  /// counts as the same number: neither its sign nor its payload is promised.
  void add(const capstan::Tensor& x);

  std::uint64_t value() const noexcept { return state_; }

 private:
  static constexpr std::uint64_t prime = 0x100000001b3;

  std::uint64_t state_ = 0xcbf29ce484222325;  // FNV's offset basis
};

}  // namespace digest
