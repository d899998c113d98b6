// Gradients: what `tape.backward(loss)` gives – the gradient of each leaf that led to the loss. It owns its tensors:
// they stay as they are when the tape is rewound, and no two of them share elements.
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

class Gradients {
 public:
  struct Entry {
    std::optional<Parameter> parameter;  ///< none for a variable
    Var leaf;
    Tensor value;
  };

  Gradients() = default;

  bool contains(const Parameter& p) const noexcept { return find(p) != nullptr; }
  bool contains(const Var& x) const noexcept { return find(x) != nullptr; }
  /// ValueError, naming the leaf, if it did not lead to the loss, or only through ops without a gradient.
  const Tensor& operator[](const Parameter& p) const&;
  const Tensor& operator[](const Var& x) const&;
  /// Null where there is no gradient. `hint` is where to look first: the position of p among its optimizer's
  /// parameters.
  const Tensor* find(const Parameter& p, std::size_t hint = 0) const& noexcept;
  const Tensor* find(const Var& x) const& noexcept;

  std::size_t size() const noexcept { return entries().size(); }
  std::span<const Entry> entries() const& noexcept {
    if (!set_) return {};
    return set_->entries;
  }

  // Of a temporary, `tape.backward(loss)[x]`, by value: the next backward writes into the memory of gradients that
  // nobody holds.
  Tensor operator[](const Parameter& p) const&& { return (*this)[p]; }
  Tensor operator[](const Var& x) const&& { return (*this)[x]; }
  std::optional<Tensor> find(const Parameter& p, std::size_t hint = 0) const&& { return value_of(find(p, hint)); }
  std::optional<Tensor> find(const Var& x) const&& { return value_of(find(x)); }
  std::vector<Entry> entries() const&& {
    const std::span<const Entry> all = entries();
    return {all.begin(), all.end()};
  }

  /// Adds gradient by gradient; what only `other` has is taken over. ShapeError or DTypeError if they do not fit;
  /// nothing is changed then.
  Gradients& operator+=(const Gradients& other);
  Gradients& operator*=(double factor);
  /// Replaces the gradient of the i-th entry; shape and dtype must stay (ShapeError, DTypeError, IndexError). For
  /// clipping and the like.
  void replace(std::size_t entry, const Tensor& value, std::source_location where = std::source_location::current());

 private:
  friend class GradientSets;
  struct Set : boost::intrusive_ref_counter<Set> {
    std::vector<Entry> entries;
  };
  Set& own();  ///< a set that nobody else sees
  static std::optional<Tensor> value_of(const Tensor* gradient) {
    return gradient == nullptr ? std::nullopt : std::optional{*gradient};
  }

  boost::intrusive_ptr<Set> set_;
};

}  // namespace capstan
