#include "random/fill.hpp"

#include <algorithm>
#include <cstddef>
#include <type_traits>

#include <capstan/tensor/cut_work.hpp>
#include <capstan/tensor/engine.hpp>
#include <capstan/tensor/threads.hpp>

#include "random/kernels.hpp"

namespace capstan {
namespace {

template <class T>
const RandomLoops<T>& loops() noexcept {
  if constexpr (std::is_same_v<T, float>) {
    return random_kernels().f32;
  } else {
    return random_kernels().f64;
  }
}

/// Calls fill(place, pairs, first element) for pieces of an even number of elements, each of which takes two words; these
/// are taken from `rng`.
template <class T, class Fill>
void in_pieces(std::span<T> elements, Rng& rng, Fill fill) {
  constexpr std::size_t size = items_of_part(work::random_number);
  static_assert(size % 2 == 0);
  const RandomPlace begin{rng.seed(), rng.stream(), rng.position()};
  parallel_for(static_cast<std::int64_t>((elements.size() + size - 1) / size), threads(), [&](std::int64_t i, int) {
    const std::size_t first = static_cast<std::size_t>(i) * size;
    const std::span<T> piece = elements.subspan(first, std::min(size, elements.size() - first));
    fill(RandomPlace{begin.seed, begin.stream, begin.word + 2 * first}, piece.size() / 2, piece.data());
  });
  rng.discard(2 * elements.size());
}

template <class T>
std::span<T> whole_pairs(std::span<T> elements) {
  return elements.first(elements.size() / 2 * 2);
}

}  // namespace

template <class T>
void fill_uniform(std::span<T> elements, Rng& rng, double low, double width, T last) {
  const std::span<T> pairs = whole_pairs(elements);
  in_pieces(pairs, rng, [=](const RandomPlace& place, std::size_t count, T* out) {
    loops<T>().uniform(place, count, low, width, last, out);
  });
  for (T& element : elements.subspan(pairs.size()))
    element = std::min(static_cast<T>(low + width * rng.uniform()), last);
}

template <class T>
void fill_normal(std::span<T> elements, Rng& rng, double mean, double stddev) {
  const auto put = [&](T& element) { element = static_cast<T>(mean + stddev * rng.normal()); };
  for (; !elements.empty() && rng.has_spare_normal(); elements = elements.subspan(1)) put(elements[0]);
  const std::span<T> pairs = whole_pairs(elements);
  in_pieces(pairs, rng, [=](const RandomPlace& place, std::size_t count, T* out) {
    loops<T>().normal(place, count, mean, stddev, out);
  });
  for (T& element : elements.subspan(pairs.size())) put(element);
}

template void fill_uniform(std::span<float>, Rng&, double, double, float);
template void fill_uniform(std::span<double>, Rng&, double, double, double);
template void fill_normal(std::span<float>, Rng&, double, double);
template void fill_normal(std::span<double>, Rng&, double, double);

}  // namespace capstan
