// Layer: anything that records one value from another, as Sequential and Residual hold it – a layer such as Linear, an
// activation, a function of the ops room, a function object of one's own, another Sequential:
//
//   const std::vector<models::Layer> layers{models::Linear{{.inputs = 4, .outputs = 8}, rng}, relu, Activation::tanh,
//                                           [](const Operand& x) { return reshape(x, {2, -1}); }};
#pragma once

#include <concepts>
#include <memory>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

#include <capstan/graph/var.hpp>
#include <capstan/models/activation.hpp>
#include <capstan/models/pass.hpp>
#include <capstan/models/visit.hpp>

namespace capstan::models {

namespace detail {

template <class F>
concept OfOperandAndPass = requires(const F& f, const Operand& x, const Pass& pass) {
  { f(x, pass) } -> std::convertible_to<Var>;
};
template <class F>
concept OfVarAndPass = requires(const F& f, const Var& x, const Pass& pass) {
  { f(x, pass) } -> std::convertible_to<Var>;
};
template <class F>
concept OfOperand = requires(const F& f, const Operand& x) {
  { f(x) } -> std::convertible_to<Var>;
};
template <class F>
concept OfVar = requires(const F& f, const Var& x) {
  { f(x) } -> std::convertible_to<Var>;
};
template <class F>
concept RecordsOne = OfOperandAndPass<F> || OfVarAndPass<F> || OfOperand<F> || OfVar<F>;

/// Is told of each parameter and buffer of a layer, with its name there.
struct ShowState {
  virtual void show(const std::string& name, Parameter& parameter) = 0;
  virtual void show(const std::string& name, Buffer& buffer) = 0;

 protected:
  ~ShowState() = default;
};

}  // namespace detail

/// A copy of a layer or function, called as that is: with `(x, pass)` if it takes a Pass, else with `(x)`. As a copy of any
/// model does, a copy of it shares the parameters.
class Layer {
 public:
  /// A function of the ops room: tanh, softplus.
  Layer(Var (*function)(const Operand& x, std::source_location where))
      : Layer{[function](const Operand& x) { return function(x, x.where()); }} {}
  /// One with options, which are the defaults: relu, leaky_relu, softmax. Others are given by a function of one's own.
  template <std::default_initializable Options>
  Layer(Var (*function)(const Operand& x, const Options& options, std::source_location where))
      : Layer{[function](const Operand& x) { return function(x, Options{}, x.where()); }} {}
  Layer(Activation activation)
      : Layer{[chosen = std::move(activation)](const Operand& x) { return activate(x, chosen, x.where()); }} {}
  Layer(const NamedActivation& activation) : Layer{activation.make()} {}
  /// A layer or a function object: `f(x, pass)` or `f(x)` records a Var for an Operand or a Var. What its `visit` shows, if
  /// it has one, is shown.
  template <class F>
    requires(!std::same_as<F, Layer> && detail::RecordsOne<F> && std::copy_constructible<F>)
  Layer(F f) : held_{std::make_unique<Holder<F>>(std::move(f))} {}

  Layer(const Layer& other) : held_{other.held().clone()} {}
  Layer(Layer&&) noexcept = default;
  Layer& operator=(const Layer& other) {
    held_ = other.held().clone();
    return *this;
  }
  Layer& operator=(Layer&&) noexcept = default;
  ~Layer() = default;

  /// Records its value for x. ValueError for a Layer that was moved from.
  Var operator()(const Operand& x, const Pass& pass) const { return held(x.where()).record(x, pass); }

  /// The layer itself, if it is an F; else null.
  template <class F>
  F* get_if() noexcept {
    auto* const holder = dynamic_cast<Holder<F>*>(held_.get());
    return holder == nullptr ? nullptr : &holder->f;
  }
  template <class F>
  const F* get_if() const noexcept {
    return const_cast<Layer*>(this)->get_if<F>();
  }

  /// Shows what the layer shows, under the same names.
  template <class Visitor>
  void visit(Visitor&& v) {
    Shower<std::remove_reference_t<Visitor>> shower{v};
    held().visit(shower);
  }

 private:
  struct Held {
    virtual ~Held() = default;
    virtual std::unique_ptr<Held> clone() const = 0;
    virtual Var record(const Operand& x, const Pass& pass) const = 0;
    virtual void visit(detail::ShowState& shown) = 0;
  };

  template <class F>
  struct Holder final : Held {
    explicit Holder(F given) : f(std::move(given)) {}  // not in braces: those of a Sequential are a list of layers
    std::unique_ptr<Held> clone() const override { return std::make_unique<Holder>(f); }
    Var record(const Operand& x, const Pass& pass) const override {
      if constexpr (detail::OfOperandAndPass<F>) {
        return f(x, pass);
      } else if constexpr (detail::OfVarAndPass<F>) {
        return f(x.var(), pass);
      } else if constexpr (detail::OfOperand<F>) {
        return f(x);
      } else {
        return f(x.var());
      }
    }
    void visit(detail::ShowState& shown) override {
      if constexpr (Visitable<F>) {
        capstan::detail::for_each_state<true>(f, [&shown]<class Shown>(const std::string& name, Shown& member) {
          shown.show(name, const_cast<std::remove_const_t<Shown>&>(member));  // `f` is not const
        });
      }
    }
    F f;
  };

  template <class Visitor>
  struct Shower final : detail::ShowState {
    explicit Shower(Visitor& given) : v{given} {}
    void show(const std::string& name, Parameter& parameter) override { v(name, parameter); }
    void show(const std::string& name, Buffer& buffer) override { v(name, buffer); }
    Visitor& v;
  };

  Held& held(const std::source_location& where = std::source_location::current()) const {
    if (!held_) refuse_none(where);
    return *held_;
  }
  [[noreturn]] static void refuse_none(const std::source_location& where);

  std::unique_ptr<Held> held_;
};

}  // namespace capstan::models
