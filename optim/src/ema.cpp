#include <capstan/optim/ema.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include <capstan/tensor/cut_work.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/threads.hpp>
#include <capstan/tensor/visit_dtype.hpp>

#include "groups.hpp"
#include "parameters.hpp"

namespace capstan::optim {

namespace {

constexpr std::int64_t block_elements = items_of_part(work::updated_element);

template <class T>
void average(std::int64_t n, T* __restrict mean, const T* __restrict p, T fresh) {
  for (std::int64_t i = 0; i < n; ++i) mean[i] += fresh * (p[i] - mean[i]);
}

/// Parameters are row-major, and so are their averages.
template <class T>
void average(const Tensor& mean, const Tensor& p, double fresh) {
  T* const to = static_cast<T*>(mean.raw());
  const T* const from = static_cast<const T*>(p.raw());
  const std::int64_t elements = p.elements(), blocks = (elements + block_elements - 1) / block_elements;
  const auto move = [&](std::int64_t block, int) {
    const std::int64_t first = block * block_elements;
    average(std::min(block_elements, elements - first), to + first, from + first, static_cast<T>(fresh));
  };
  if (blocks > 1) return parallel_for(blocks, threads(), move);
  if (blocks == 1) move(0, 0);
}

}  // namespace

Ema::Ema(ParameterList parameters, const EmaOptions& options, std::source_location where)
    : options_{options}, parameters_{std::move(parameters.parameters())} {
  check_parameters("Ema", parameters_, where);
  check_share("Ema", "decay", options.decay, where);
  const std::vector<std::string> names = names_of(std::move(parameters.names()), parameters_, where);
  averages_.reserve(parameters_.size());
  for (std::size_t i = 0; i < parameters_.size(); ++i) averages_.push_back({names[i], parameters_[i].clone(where)});
}

void Ema::check_free(const char* what, const std::source_location& where) const {
  if (!in_use_) return;
  throw ValueError{fmt::format("Ema: {} while the parameters have the averaged values\n  at {}", what, place(where))};
}

void Ema::update(std::source_location where) {
  check_free("it cannot be updated", where);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor& mean = averages_[i].parameter.value();
    mean.storage()->note_write(where);
    visit_floating(mean.dtype(), [&]<class T>(T) { average<T>(mean, parameters_[i].value(), 1.0 - options_.decay); });
  }
}

Ema::Scope Ema::use(std::source_location where) {
  check_free("it cannot be used again", where);
  return {*this, where};
}

void Ema::swap(const std::source_location& where) noexcept {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor &a = parameters_[i].value(), &b = averages_[i].parameter.value();
    auto* const first = static_cast<std::byte*>(a.raw());
    const auto bytes = static_cast<std::size_t>(a.elements()) * size_of(a.dtype());
    std::swap_ranges(first, first + bytes, static_cast<std::byte*>(b.raw()));
    a.storage()->note_write(where);
    b.storage()->note_write(where);
  }
  in_use_ = !in_use_;
}

}  // namespace capstan::optim
