#include "custom_ops.hpp"

#include <cstddef>
#include <stdexcept>
#include <utility>
#include <vector>

#include <capstan/ops/activations.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/elementwise.hpp>
#include <capstan/ops/reductions.hpp>

namespace lives {

using namespace capstan;

namespace {

using Vars = std::vector<Var>;
using GradientRule = std::function<Vars(const CustomGradient&)>;

template <class T, class Function>
void fill(const CustomForward& f, Function function) {
  const auto x = f.input<T>(0);
  const auto y = f.output<T>();
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = function(x[i]);
}

template <class Function>
std::function<void(const CustomForward&)> each(Function function) {
  return [function](const CustomForward& f) {
    f.output_dtype() == DType::f64 ? fill<double>(f, function) : fill<float>(f, function);
  };
}

template <class T>
void multiply_into(const CustomForward& f) {
  const auto a = f.input<T>(0), b = f.input<T>(1);
  const auto y = f.output<T>();
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = a[i] * b[i];
}

void multiply_elements(const CustomForward& f) {
  f.output_dtype() == DType::f64 ? multiply_into<double>(f) : multiply_into<float>(f);
}

constexpr auto twice = [](auto x) { return x + x; };
constexpr auto cubed = [](auto x) { return x * x * x; };

CustomOp one_operand(std::string name, GradientRule gradient, bool elementwise = false) {
  return CustomOp{
      {.name = std::move(name), .forward = each(twice), .gradient = std::move(gradient), .elementwise = elementwise}};
}

CustomOp refusing(std::string name, const Moment& moment, bool elementwise) {
  const auto forward = [&moment, compute = each(twice)](const CustomForward& f) {
    if (moment.refuse) throw std::runtime_error{"the op refuses"};
    compute(f);
  };
  return CustomOp{{.name = std::move(name),
                   .forward = forward,
                   .gradient = [](const CustomGradient& g) { return Vars{g.dy() + g.dy()}; },
                   .elementwise = elementwise}};
}

/// The number that a rule reads, kept small.
double read(const Var& x) {
  const double number = sum(tanh(x)).item();
  return number > -8.0 && number < 8.0 ? number : 1.0;
}

void refuse(const Moment& moment) {
  if (moment.refuse) throw std::runtime_error{"the rule refuses"};
}

}  // namespace

CustomOps::CustomOps(const Moment& m)
    : moment{m},
      cube{{.name = "cube",
            .forward = each(cubed),
            .gradient = [](const CustomGradient& g) { return Vars{3.0 * g.input(0) * g.input(0) * g.dy()}; },
            .elementwise = true}},
      scaled{one_operand("scaled", [&m](const CustomGradient& g) { return Vars{g.dy() * m.k}; })},
      reading{one_operand("reading", [](const CustomGradient& g) { return Vars{g.dy() * read(g.input(0))}; })},
      forking{one_operand(
          "forking",
          [&m](const CustomGradient& g) { return Vars{m.k < 0.0 ? sin(g.input(0)) * g.dy() * 2.0 : g.dy() * m.k}; },
          true)},
      refused_in_gradient{one_operand("refused_in_gradient",
                                      [&m](const CustomGradient& g) {
                                        refuse(m);
                                        return Vars{g.dy() + g.dy()};
                                      })},
      refused_late_in_gradient{one_operand("refused_late_in_gradient",
                                           [&m](const CustomGradient& g) {
                                             const Var wide = g.input(0) * 50.0 + m.k;
                                             const double number = read(wide);
                                             refuse(m);
                                             return Vars{g.dy() * number + wide};
                                           })},
      refused{refusing("refused", m, false)},
      refused_elementwise{refusing("refused_elementwise", m, true)},
      with_parameter{
          one_operand("with_parameter", [&m](const CustomGradient& g) { return Vars{g.dy() * *m.parameter}; })},
      product{{.name = "product",
               .forward = multiply_elements,
               .gradient = [](const CustomGradient& g) { return Vars{g.dy() * g.input(1), g.dy() * g.input(0)}; },
               .elementwise = true}},
      first_only{{.name = "first_only",
                  .forward = multiply_elements,
                  .gradient = [](const CustomGradient& g) { return Vars{g.dy() * g.input(1), Var{}}; }}},
      without_gradient{{.name = "without_gradient", .forward = each(twice)}},
      misshapen{one_operand("misshapen", [](const CustomGradient& g) { return Vars{sum(g.dy())}; })} {}

CustomOp CustomOps::anew() const {
  return one_operand("anew", [&m = moment](const CustomGradient& g) { return Vars{g.dy() * (m.k + 1.0)}; });
}

CustomOp CustomOps::anew_elementwise() const {
  return one_operand(
      "anew_elementwise", [number = moment.k](const CustomGradient& g) { return Vars{number * g.dy()}; }, true);
}

}  // namespace lives
