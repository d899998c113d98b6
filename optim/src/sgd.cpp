#include <capstan/optim/sgd.hpp>

#include <iterator>
#include <utility>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>

namespace capstan::optim {

namespace {

/// The options in the parameter's type.
template <class T>
struct Rates {
  T learning_rate, momentum, fresh, weight_decay;

  Rates(const SgdOptions& o, double now)
      : learning_rate{static_cast<T>(now)},
        momentum{static_cast<T>(o.momentum)},
        fresh{static_cast<T>(1.0 - o.dampening)},
        weight_decay{static_cast<T>(o.weight_decay)} {}
};

/// d = dp + λ·p. Without decay p stays out of it, so that an infinite p does no harm.
template <bool decay, class T>
T direction(T dp, T p, T weight_decay) {
  if constexpr (decay) return dp + weight_decay * p;
  return dp;
}

template <bool decay, class T>
void descend(std::int64_t n, T* __restrict p, const T* __restrict dp, const Rates<T>& rates) {
  const auto [learning_rate, momentum, fresh, weight_decay] = rates;
  for (std::int64_t i = 0; i < n; ++i) {
    p[i] -= learning_rate * direction<decay>(dp[i], p[i], weight_decay);
  }
}

/// Momentum's first step: v = d, undampened.
template <bool decay, bool nesterov, class T>
void start(std::int64_t n, T* __restrict p, const T* __restrict dp, T* __restrict v, const Rates<T>& rates) {
  const auto [learning_rate, momentum, fresh, weight_decay] = rates;
  for (std::int64_t i = 0; i < n; ++i) {
    const T d = direction<decay>(dp[i], p[i], weight_decay);
    v[i] = d;
    p[i] -= learning_rate * (nesterov ? d + momentum * d : d);
  }
}

template <bool decay, bool nesterov, class T>
void accelerate(std::int64_t n, T* __restrict p, const T* __restrict dp, T* __restrict v, const Rates<T>& rates) {
  const auto [learning_rate, momentum, fresh, weight_decay] = rates;
  for (std::int64_t i = 0; i < n; ++i) {
    const T d = direction<decay>(dp[i], p[i], weight_decay);
    v[i] = momentum * v[i] + fresh * d;
    p[i] -= learning_rate * (nesterov ? d + momentum * v[i] : v[i]);
  }
}

template <bool decay, bool nesterov, class T>
void move(std::int64_t n, T* p, const T* dp, T* v, bool started, const Rates<T>& rates) {
  if (v == nullptr) return descend<decay>(n, p, dp, rates);
  if (started) return accelerate<decay, nesterov>(n, p, dp, v, rates);
  start<decay, nesterov>(n, p, dp, v, rates);
}

template <class T>
void move(const SgdOptions& options, double learning_rate, std::int64_t n, T* p, const T* dp, T* v, bool started) {
  const Rates<T> rates{options, learning_rate};
  const bool decay = options.weight_decay != 0.0;
  if (decay && options.nesterov) return move<true, true>(n, p, dp, v, started, rates);
  if (decay) return move<true, false>(n, p, dp, v, started, rates);
  if (options.nesterov) return move<false, true>(n, p, dp, v, started, rates);
  move<false, false>(n, p, dp, v, started, rates);
}

}  // namespace

Sgd::Sgd(std::vector<Parameter> parameters, const SgdOptions& options, std::source_location where)
    : Optimizer{"Sgd", std::move(parameters), options.learning_rate, where}, options_{options} {
  check_not_negative("momentum", options.momentum, where);
  check_not_negative("dampening", options.dampening, where);
  check_not_negative("weight_decay", options.weight_decay, where);
  if (options.nesterov && (options.momentum == 0.0 || options.dampening != 0.0)) {
    throw ValueError{
        fmt::format("Sgd: nesterov needs momentum above 0 and dampening 0, got momentum {} and dampening {}"
                    "\n  at {}",
                    options.momentum, options.dampening, place(where))};
  }
  if (options.momentum == 0.0) return;
  for (const Parameter& p : Optimizer::parameters()) memory_.push_back({Tensor::zeros(p.shape(), p.dtype())});
}

SgdOptions Sgd::options() const noexcept {
  SgdOptions now = options_;
  now.learning_rate = learning_rate();
  return now;
}

void Sgd::update(std::size_t index, std::int64_t first, std::span<float> p, std::span<const float> dp) {
  update_as(index, first, p, dp);
}
void Sgd::update(std::size_t index, std::int64_t first, std::span<double> p, std::span<const double> dp) {
  update_as(index, first, p, dp);
}

template <class T>
void Sgd::update_as(std::size_t index, std::int64_t first, std::span<T> p, std::span<const T> dp) {
  Memory* const memory = memory_.empty() ? nullptr : &memory_[index];
  T* const v = memory == nullptr ? nullptr : remembered<T>(memory->v, first, p.size()).data();
  move(options_, learning_rate(), std::ssize(p), p.data(), dp.data(), v, memory != nullptr && memory->started);
}

void Sgd::updated(std::size_t index) {
  if (!memory_.empty()) memory_[index].started = true;
}

std::string Sgd::state_name(std::size_t index) const {
  return fmt::format("{}.{}.momentum", index, parameters()[index].name());
}

std::vector<StateEntry> Sgd::state() const {
  std::vector<StateEntry> entries;
  for (std::size_t i = 0; i < memory_.size(); ++i) {
    if (memory_[i].started) entries.push_back({state_name(i), memory_[i].v.copy()});
  }
  return entries;
}

std::size_t Sgd::find_state(const StateEntry& entry, const std::source_location& where) const {
  std::size_t index = 0;
  while (index < memory_.size() && state_name(index) != entry.name) ++index;
  if (index == memory_.size()) {
    throw ValueError{fmt::format("Sgd: no state is called \"{}\"{}\n  at {}", entry.name,
                                 memory_.empty() ? ": without momentum there is none" : "", place(where))};
  }
  const Parameter& p = parameters()[index];
  const auto found = [&] {
    return fmt::format("\n  state: \"{}\" {} of {}\n  parameter: \"{}\" {} of {}\n  at {}", entry.name,
                       to_string(entry.value.shape()), name_of(entry.value.dtype()), p.name(), to_string(p.shape()),
                       name_of(p.dtype()), place(where));
  };
  if (entry.value.shape() != p.shape()) {
    throw ShapeError{fmt::format("Sgd: state must have its parameter's shape, got {} for {}{}",
                                 to_string(entry.value.shape()), to_string(p.shape()), found())};
  }
  if (entry.value.dtype() != p.dtype()) {
    throw DTypeError{fmt::format("Sgd: state must have its parameter's dtype, got {} for {}{}",
                                 name_of(entry.value.dtype()), name_of(p.dtype()), found())};
  }
  return index;
}

void Sgd::set_state(const std::vector<StateEntry>& entries, std::source_location where) {
  std::vector<Memory> next(memory_.size());
  for (const StateEntry& entry : entries) {
    Memory& memory = next[find_state(entry, where)];
    if (memory.started) {
      throw ValueError{fmt::format("Sgd: state \"{}\" is given twice\n  at {}", entry.name, place(where))};
    }
    memory = {entry.value.copy(), true};
  }
  for (std::size_t i = 0; i < next.size(); ++i) {
    if (!next[i].started) next[i].v = Tensor::zeros(parameters()[i].shape(), parameters()[i].dtype());
  }
  memory_ = std::move(next);
}

}  // namespace capstan::optim
