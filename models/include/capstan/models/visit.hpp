// visit: how a model shows its parameters and buffers. A model is any struct that can be copied and has
//
//   template <class Visitor>
//   void visit(Visitor&& v) {
//     v("in", in);
//     v("out", out);
//   }
//
// where each member shown is a Parameter, a Buffer, a struct with `visit`, or a std::vector, std::array or std::optional of
// these. Names are joined by dots ("left.in.W"); the members of a vector or array are called by their positions
// ("layers.0.W"). `visit` may be const or not: to read a const model whose `visit` is not const, it is called on a copy
// of the model, which shares its parameters and buffers.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <capstan/graph/buffer.hpp>
#include <capstan/graph/parameter.hpp>

namespace capstan {

namespace detail {

/// Stands for every visitor when a type is asked whether it has `visit`.
struct AnyVisitor {
  template <class Member>
  void operator()(std::string_view, Member&) const {}
};

template <class T>
struct IsSequence : std::false_type {};
template <class T, class Allocator>
struct IsSequence<std::vector<T, Allocator>> : std::true_type {};
template <class T, std::size_t n>
struct IsSequence<std::array<T, n>> : std::true_type {};

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

}  // namespace detail

/// A struct with `visit`.
template <class Model>
concept Visitable = requires(std::remove_cvref_t<Model>& model, detail::AnyVisitor& visitor) { model.visit(visitor); };

namespace detail {

/// The visitor that the functions below hand to `visit`: calls found(name, member) for every parameter and buffer in the
/// model, in the order in which `visit` shows them. `may_write` is for a model that the caller owns and changes: a `visit`
/// that is const shows its members as const, and the visitor enters them nevertheless.
template <class Found, bool may_write>
class StateVisitor {
 public:
  explicit StateVisitor(Found& found) : found_{found} {}

  template <class Member>
  void operator()(std::string_view name, Member& member) {
    const std::size_t outer = path_.size();
    if (outer != 0) path_ += '.';
    path_ += name;
    enter(member);
    path_.resize(outer);
  }

  template <class Member>
  void enter(Member& member) {
    using Plain = std::remove_const_t<Member>;
    if constexpr (std::same_as<Plain, Parameter> || std::same_as<Plain, Buffer>) {
      found_(std::as_const(path_), member);
    } else if constexpr (Visitable<Plain>) {
      enter_struct(member);
    } else if constexpr (IsSequence<Plain>::value) {
      std::size_t position = 0;
      for (auto& item : member) (*this)(std::to_string(position++), item);
    } else {
      static_assert(IsOptional<Plain>::value,
                    "visit: a member must be a Parameter, a Buffer, a struct with visit, or a std::vector, std::array "
                    "or std::optional of these");
      if (member) enter(*member);
    }
  }

 private:
  template <class Struct>
  void enter_struct(Struct& member) {
    if constexpr (requires { member.visit(*this); }) {
      member.visit(*this);
    } else if constexpr (may_write) {
      const_cast<std::remove_const_t<Struct>&>(member).visit(*this);
    } else {
      static_assert(std::copy_constructible<std::remove_const_t<Struct>>,
                    "visit: a const model that cannot be copied needs a const visit");
      std::remove_const_t<Struct> copy = member;
      copy.visit(*this);
    }
  }

  Found& found_;
  std::string path_;
};

template <bool may_write = false, class Model, class Found>
void for_each_state(Model& model, Found found) {
  StateVisitor<Found, may_write> visitor{found};
  visitor.enter(model);
}

/// Drops what comes a second time. ValueError if two parameters or buffers have the same name.
std::vector<NamedState> once_each(std::vector<NamedState> found, const std::source_location& where);

std::vector<NamedParameter> parameters_of(const std::vector<NamedState>& state);
std::vector<NamedBuffer> buffers_of(const std::vector<NamedState>& state);
std::vector<Parameter> without_names(std::vector<NamedParameter> found);

std::int64_t count_elements(const std::vector<NamedParameter>& found);

}  // namespace detail

/// The parameters and buffers of a model with their names, in the order of its `visit`: all that files and snapshots keep.
/// One that is shown in two places comes once, under its first name. They are handles, which a const model gives as well:
/// what they are assigned is in the model.
///
/// Throws    ValueError if `visit` gives two of them one name.
template <Visitable Model>
std::vector<NamedState> named_state(Model&& model, std::source_location where = std::source_location::current()) {
  std::vector<NamedState> found;
  detail::for_each_state(
      model, [&found](const std::string& name, const StateTensor& tensor) { found.push_back({name, tensor}); });
  return detail::once_each(std::move(found), where);
}

/// The parameters, which training changes. As named_state.
template <Visitable Model>
std::vector<NamedParameter> named_parameters(Model&& model,
                                             std::source_location where = std::source_location::current()) {
  return detail::parameters_of(named_state(model, where));
}

/// The buffers, which no optimizer sees. As named_state.
template <Visitable Model>
std::vector<NamedBuffer> named_buffers(Model&& model, std::source_location where = std::source_location::current()) {
  return detail::buffers_of(named_state(model, where));
}

/// The parameters without their names, as optimizers take them: `optim::Sgd descent{parameters(net), {.learning_rate =
/// 0.1}};`.
template <Visitable Model>
std::vector<Parameter> parameters(Model&& model, std::source_location where = std::source_location::current()) {
  return detail::without_names(named_parameters(model, where));
}

/// The number of elements of all parameters, which training changes.
template <Visitable Model>
std::int64_t parameter_count(Model&& model, std::source_location where = std::source_location::current()) {
  return detail::count_elements(named_parameters(model, where));
}

/// A copy that shares nothing: training one leaves the other as it is. (A plain copy of a model copies handles: both
/// train the same numbers.) A parameter or buffer shown in two places is one in the copy too. Members that `visit` does
/// not show are copied as C++ copies them.
///
/// Needs     a `visit` that shows its parameters and buffers as it holds them, not copies; none is declared const.
template <Visitable Model>
  requires std::copy_constructible<Model>
Model clone(const Model& model) {
  Model copy = model;
  std::map<const void*, Parameter> parameters;  // by the identity of the original
  std::map<const void*, Buffer> buffers;
  const auto replace = [](auto& clones, auto& original) {
    original = clones.try_emplace(original.identity(), original.clone()).first->second;
  };
  detail::for_each_state<true>(copy, [&]<class Shown>(const std::string&, Shown& shown) {
    // A const `visit` shows a const member of `copy`, which is not const itself.
    if constexpr (std::same_as<std::remove_const_t<Shown>, Parameter>) {
      replace(parameters, const_cast<Parameter&>(shown));
    } else {
      replace(buffers, const_cast<Buffer&>(shown));
    }
  });
  return copy;
}

}  // namespace capstan
