// Gradients: what `tape.backward(loss)` returns – the gradient of each variable and parameter that the loss depends on.
// It owns its tensors: they do not change when the tape is rewound, and no two of them share elements.
#pragma once

#include <cstddef>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <vector>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <capstan/graph/parameter.hpp>
#include <capstan/graph/var.hpp>
#include <capstan/tensor/tensor.hpp>

namespace capstan {

/// A copy shows the same tensors, until one of the two is written.
class Gradients {
 public:
  /// One leaf and its gradient.
  struct Entry {
    std::optional<Parameter> parameter;  ///< none for a variable
    Var leaf;
    Tensor value;
  };

  Gradients() = default;

  /// True if the loss depends on it.
  bool contains(const Parameter& p) const noexcept { return find(p) != nullptr; }
  bool contains(const Var& x) const noexcept { return find(x) != nullptr; }
  /// ValueError, naming the leaf, if the loss does not depend on it, or only through ops without a gradient.
  const Tensor& operator[](const Parameter& p) const&;
  const Tensor& operator[](const Var& x) const&;
  /// Null where there is no gradient. The search begins at entry `hint`; an optimizer passes the position of p among its
  /// parameters, which mostly is the entry's.
  const Tensor* find(const Parameter& p, std::size_t hint = 0) const& noexcept;
  const Tensor* find(const Var& x) const& noexcept;

  /// The number of gradients.
  std::size_t size() const noexcept { return entries().size(); }
  std::span<const Entry> entries() const& noexcept {
    if (!set_) return {};
    return set_->entries;
  }

  // A temporary, as in `tape.backward(loss)[x]`, returns tensors by value: the next backward may write into the memory of
  // gradients that nobody holds.
  Tensor operator[](const Parameter& p) const&& { return (*this)[p]; }
  Tensor operator[](const Var& x) const&& { return (*this)[x]; }
  std::optional<Tensor> find(const Parameter& p, std::size_t hint = 0) const&& { return value_of(find(p, hint)); }
  std::optional<Tensor> find(const Var& x) const&& { return value_of(find(x)); }
  std::vector<Entry> entries() const&& {
    const std::span<const Entry> all = entries();
    return {all.begin(), all.end()};
  }

  /// Adds the gradients of `other`; a leaf that only `other` has is added to the list. ShapeError or DTypeError if two of
  /// one leaf do not fit; then nothing is changed.
  Gradients& operator+=(const Gradients& other);
  Gradients& operator*=(double factor);
  /// Replaces the gradient of an entry, as clipping does. Shape and dtype must be the same (ShapeError, DTypeError);
  /// IndexError if there is no such entry.
  void replace(std::size_t entry, const Tensor& value, std::source_location where = std::source_location::current());

 private:
  friend class GradientSets;
  struct Set : boost::intrusive_ref_counter<Set> {
    std::vector<Entry> entries;
  };
  Set& own();  ///< makes the set one that no other object shares, and returns it
  static std::optional<Tensor> value_of(const Tensor* gradient) {
    return gradient == nullptr ? std::nullopt : std::optional{*gradient};
  }

  boost::intrusive_ptr<Set> set_;
};

}  // namespace capstan
