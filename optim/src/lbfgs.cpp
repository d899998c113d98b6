#include <capstan/optim/lbfgs.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <capstan/graph/tape.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/visit_dtype.hpp>

#include "groups.hpp"
#include "line_search.hpp"
#include "parameters.hpp"
#include "rows.hpp"

namespace capstan::optim {

namespace {

constexpr std::string_view who = "Lbfgs";
constexpr double least_curvature = 1e-10;  // y·s of a change that is remembered

using Vector = std::vector<double>;

/// Eight sums side by side, added in a fixed order: quick, and the same bits on every run.
double dot(const Vector& a, const Vector& b) {
  std::array<double, 8> sums{};
  std::size_t i = 0;
  for (; i + sums.size() <= a.size(); i += sums.size()) {
    for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += a[i + k] * b[i + k];
  }
  for (; i < a.size(); ++i) sums[0] += a[i] * b[i];
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

void add(Vector& to, double factor, const Vector& from) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += factor * from[i];
}

double largest(const Vector& x) {
  double found = 0.0;
  for (const double value : x) found = std::max(found, std::fabs(value));
  return found;
}

double sum_of_sizes(const Vector& x) {
  double sum = 0.0;
  for (const double value : x) sum += std::fabs(value);
  return sum;
}

template <class Value>
void check(bool fine, std::string_view rule, const Value& value, const std::source_location& where) {
  if (!fine) throw ValueError{fmt::format("{}: {}, got {}\n  at {}", who, rule, value, place(where))};
}

void check_rate(double rate, const std::source_location& where) {
  check(std::isfinite(rate) && rate > 0.0, "learning_rate must be finite and above 0", rate, where);
}

}  // namespace

Lbfgs::Lbfgs(ParameterList parameters, const LbfgsOptions& options, std::source_location where)
    : options_{options}, parameters_{std::move(parameters.parameters())} {
  check_parameters(who, parameters_, where);
  check_rate(options.learning_rate, where);
  check(options.max_iterations >= 1, "max_iterations must be at least 1", options.max_iterations, where);
  check(options.max_evaluations >= 0, "max_evaluations must not be negative", options.max_evaluations, where);
  check(options.history >= 1, "history must be at least 1", options.history, where);
  check_not_negative(who, "tolerance_gradient", options.tolerance_gradient, where);
  check_not_negative(who, "tolerance_change", options.tolerance_change, where);
  for (const Parameter& p : parameters_) elements_ += static_cast<std::size_t>(p.value(where).elements());
}

void Lbfgs::set_learning_rate(double learning_rate, std::source_location where) {
  check_rate(learning_rate, where);
  options_.learning_rate = learning_rate;
}

double Lbfgs::step(const Cost& cost, std::source_location where) {
  check(!parameters_.empty(), "it must have parameters", "none: it was moved from", where);
  LinePoint now;
  const std::int64_t before = evaluations_;
  now.cost = evaluate(cost, now.gradient, where);
  check(std::isfinite(now.cost), "the cost must be finite", now.cost, where);
  const double first = now.cost;
  if (largest(now.gradient) <= options_.tolerance_gradient) return first;
  const std::int64_t limit = options_.max_evaluations > 0 ? options_.max_evaluations : options_.max_iterations * 5 / 4;
  for (std::int64_t i = 0; i < options_.max_iterations; ++i) {
    ++iterations_;
    if (iterations_ > 1) remember(now.gradient);
    choose_direction(now.gradient);
    // The first direction is the gradient, whose length says nothing of how far to go.
    memory_.step_length =
        options_.learning_rate * (iterations_ == 1 ? std::min(1.0, 1.0 / sum_of_sizes(now.gradient)) : 1.0);
    now.t = 0.0;
    now.slope = dot(now.gradient, memory_.direction);
    if (now.slope > -options_.tolerance_change) break;
    const Vector x = read_parameters();
    const auto at = [&](LinePoint& point) {
      write_parameters(x, point.t, where);
      const double value = evaluate(cost, point.gradient, where);
      point.cost = std::isfinite(value) ? value : std::numeric_limits<double>::infinity();
      point.slope = dot(point.gradient, memory_.direction);
    };
    const double cost_before = now.cost;
    try {
      now = search_line(now, memory_.step_length, largest(memory_.direction), at);
    } catch (...) {
      write_parameters(x, 0.0, where);
      throw;
    }
    memory_.step_length = now.t;
    write_parameters(x, now.t, where);
    if (evaluations_ - before >= limit || is_enough(cost_before, now.cost, now.gradient)) break;
  }
  return first;
}

bool Lbfgs::is_enough(double before, double now, const Vector& gradient) const {
  return largest(gradient) <= options_.tolerance_gradient ||
         largest(memory_.direction) * memory_.step_length <= options_.tolerance_change ||
         std::fabs(now - before) < options_.tolerance_change;
}

/// Remembers what the last line search changed, now that the gradient at its end is known.
void Lbfgs::remember(const Vector& gradient) {
  Change change{.s = memory_.direction, .y = gradient, .rho = 0.0};
  for (double& s : change.s) s *= memory_.step_length;
  add(change.y, -1.0, memory_.gradient);
  const double curvature = dot(change.y, change.s);
  if (!(curvature > least_curvature)) return;
  change.rho = 1.0 / curvature;
  memory_.scale = curvature / dot(change.y, change.y);
  std::vector<Change>& changes = memory_.changes;
  if (std::ssize(changes) == options_.history) changes.erase(changes.begin());
  changes.push_back(std::move(change));
}

/// Algorithm 7.4: −H·g.
void Lbfgs::choose_direction(const Vector& gradient) {
  const std::vector<Change>& changes = memory_.changes;
  Vector& d = memory_.direction;
  d = gradient;
  for (double& x : d) x = -x;
  if (iterations_ > 1) {
    std::vector<double> alpha(changes.size());
    for (std::size_t i = changes.size(); i-- > 0;) {
      alpha[i] = dot(changes[i].s, d) * changes[i].rho;
      add(d, -alpha[i], changes[i].y);
    }
    for (double& x : d) x *= memory_.scale;
    for (std::size_t i = 0; i < changes.size(); ++i)
      add(d, alpha[i] - dot(changes[i].y, d) * changes[i].rho, changes[i].s);
  }
  memory_.gradient = gradient;
}

double Lbfgs::evaluate(const Cost& cost, Vector& gradient, const std::source_location& where) {
  const Var value = cost();
  const Gradients gradients = backward(value, where);
  gradient.assign(elements_, 0.0);
  double* to = gradient.data();
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const std::int64_t elements = parameters_[i].value().elements();
    if (const Tensor* const g = gradients.find(parameters_[i], i)) {
      visit_floating(g->dtype(), [&]<class T>(T) {
        for_rows<T>(*g, [&](const T* first, std::int64_t position, std::int64_t count, std::int64_t stride) {
          for (std::int64_t k = 0; k < count; ++k) to[position + k] = static_cast<double>(first[k * stride]);
        });
      });
    }
    to += elements;
  }
  ++evaluations_;
  return value.item(where);
}

Lbfgs::Vector Lbfgs::read_parameters() const {
  Vector x;
  x.reserve(elements_);
  for (const Parameter& p : parameters_) {
    visit_floating(p.dtype(), [&]<class T>(T) {
      const auto elements = p.value().data<T>();
      x.insert(x.end(), elements.begin(), elements.end());
    });
  }
  return x;
}

/// x + t·direction.
void Lbfgs::write_parameters(const Vector& x, double t, const std::source_location& where) const {
  const double *from = x.data(), *d = memory_.direction.data();
  for (const Parameter& p : parameters_) {
    const Tensor& value = p.value();
    value.storage()->note_write(where);
    const std::int64_t elements = value.elements();
    visit_floating(value.dtype(), [&]<class T>(T) {
      T* const to = static_cast<T*>(value.raw());
      for (std::int64_t i = 0; i < elements; ++i) to[i] = static_cast<T>(t == 0.0 ? from[i] : from[i] + t * d[i]);
    });
    from += elements, d += elements;
  }
}

}  // namespace capstan::optim
