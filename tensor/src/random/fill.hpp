// Many random numbers at once, on several threads where it pays: the numbers that the generator would return one by one.
#pragma once

#include <span>

#include <capstan/tensor/rng.hpp>

namespace capstan {

/// low + width·u, and `last` where that is rounded beyond it.
template <class T>
void fill_uniform(std::span<T> elements, Rng& rng, double low, double width, T last);

/// mean + stddev·z
template <class T>
void fill_normal(std::span<T> elements, Rng& rng, double mean, double stddev);

}  // namespace capstan
