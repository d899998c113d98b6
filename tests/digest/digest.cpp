#include "digest.hpp"

#include <bit>
#include <cmath>
#include <span>

namespace digest {

using namespace capstan;

namespace {

constexpr std::uint64_t any_nan = 0x7ff8000000000000;

template <class Word, class T>
void add_floats(Digest& digest, std::span<const T> elements) {
  for (const T element : elements) digest.add(std::isnan(element) ? any_nan : std::bit_cast<Word>(element));
}

}  // namespace

void Digest::add(std::string_view text) noexcept {
  add(std::uint64_t{text.size()});
  for (const char c : text) add(std::uint64_t{static_cast<unsigned char>(c)});
}

void Digest::add(const Tensor& x) {
  add(static_cast<std::uint64_t>(x.dtype()));
  add(std::uint64_t{x.rank()});
  for (const std::int64_t extent : x.shape()) add(static_cast<std::uint64_t>(extent));
  const Tensor copy = x.copy();  // row-major
  switch (x.dtype()) {
    case DType::f32:
      return add_floats<std::uint32_t, float>(*this, copy.data<float>());
    case DType::f64:
      return add_floats<std::uint64_t, double>(*this, copy.data<double>());
    case DType::i32:
      for (const std::int32_t element : copy.data<std::int32_t>()) add(static_cast<std::uint64_t>(element));
  }
}

}  // namespace digest
