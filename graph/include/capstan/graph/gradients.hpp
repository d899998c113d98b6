// Gradients: what `tape.backward(loss)` returns – the gradient of each variable and parameter that the loss depends on.
// It owns its tensors: they do not change when the tape is rewound, and no two of them share elements.
#pragma once

#include <cstddef>
#include <memory>
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

/// A gradient that is 0 but for some rows: rows[i] is that of row indices[i] along the first axis.
struct SparseRows {
  Tensor indices;  ///< (n) of i32, ascending, each once
  Tensor rows;     ///< (n, …)
};

namespace engine {
class RowGradient;
}  // namespace engine

/// Gradients of tables of which a step reads some rows – embeddings – are *row-sparse*: only these rows are computed, and
/// clipping and optimizers only look at them. `g[table]` is the whole gradient nevertheless: it is made when it is first
/// asked for, then also by a const function, so not from several threads at once.
class Gradients {
 public:
  /// A leaf and its gradient.
  class Entry {
   public:
    std::optional<Parameter> parameter;  ///< none for a variable
    Var leaf;

    /// The whole gradient.
    const Tensor& value() const {
      if (rows_ && !value_.storage()) make_dense();
      return value_;
    }
    const Shape& shape() const noexcept { return rows_ ? table() : value_.shape(); }
    DType dtype() const noexcept { return numbers().dtype(); }
    bool is_sparse() const noexcept { return rows_ != nullptr; }
    /// The rows of a row-sparse gradient.
    const SparseRows& sparse() const noexcept;
    /// What may be other than 0: the rows of a row-sparse gradient, or the whole.
    const Tensor& numbers() const noexcept { return rows_ ? sparse().rows : value_; }

   private:
    friend class Gradients;
    friend class GradientSets;
    const Shape& table() const noexcept;
    void make_dense() const;
    void set_dense(const Tensor& value);
    engine::RowGradient& writable_rows(const Shape& table, DType dtype);
    void make_writable();

    mutable Tensor value_;  ///< of a row-sparse gradient empty until it is asked for
    std::shared_ptr<engine::RowGradient> rows_;
  };

  Gradients() = default;

  /// True if the loss depends on it.
  bool contains(const Parameter& p) const noexcept { return find_entry(p) != nullptr; }
  bool contains(const Var& x) const noexcept { return find_entry(x) != nullptr; }
  /// ValueError, naming the leaf, if the loss does not depend on it, or only through ops without a gradient.
  const Tensor& operator[](const Parameter& p) const& { return existing(p).value(); }
  const Tensor& operator[](const Var& x) const& { return existing(x).value(); }
  /// Null where there is no gradient. The search begins at entry `hint`; an optimizer passes the position of p among its
  /// parameters, which mostly is the entry's.
  const Tensor* find(const Parameter& p, std::size_t hint = 0) const& { return value_of(find_entry(p, hint)); }
  const Tensor* find(const Var& x) const& { return value_of(find_entry(x)); }
  const Entry* find_entry(const Parameter& p, std::size_t hint = 0) const& noexcept {
    const std::span<const Entry> all = entries();
    return hint < all.size() && all[hint].parameter == p ? &all[hint] : find_farther(p, hint);
  }
  const Entry* find_entry(const Var& x) const& noexcept;
  /// Whether the gradient is row-sparse. ValueError as above.
  bool is_sparse(const Parameter& p) const { return existing(p).is_sparse(); }
  bool is_sparse(const Var& x) const { return existing(x).is_sparse(); }
  /// The rows of a row-sparse gradient. ValueError as above, and for a gradient that is not.
  const SparseRows& sparse(const Parameter& p) const& { return rows_of(existing(p)); }
  const SparseRows& sparse(const Var& x) const& { return rows_of(existing(x)); }

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
  std::optional<Tensor> find(const Parameter& p, std::size_t hint = 0) const&& { return copy_of(find(p, hint)); }
  std::optional<Tensor> find(const Var& x) const&& { return copy_of(find(x)); }
  SparseRows sparse(const Parameter& p) const&& { return sparse(p); }
  SparseRows sparse(const Var& x) const&& { return sparse(x); }
  std::vector<Entry> entries() const&& {
    const std::span<const Entry> all = entries();
    return {all.begin(), all.end()};
  }

  /// Adds the gradients of `other`; a leaf that only `other` has is added to the list. The sum of row-sparse ones is
  /// row-sparse. ShapeError or DTypeError if two of one leaf do not fit; then nothing is changed.
  Gradients& operator+=(const Gradients& other);
  Gradients& operator*=(double factor);
  /// Replaces the gradient of the i-th entry; shape and dtype must stay (ShapeError, DTypeError, IndexError). Of a
  /// row-sparse one, a tensor of the rows' shape replaces the rows. For clipping and the like.
  void replace(std::size_t entry, const Tensor& value, std::source_location where = std::source_location::current());

 private:
  friend class GradientSets;
  struct Set : boost::intrusive_ref_counter<Set> {
    std::vector<Entry> entries;
  };
  Set& own();  ///< makes the set one that no other object shares, and returns it
  const Entry& existing(const Parameter& p) const;
  const Entry& existing(const Var& x) const;
  const Entry* find_farther(const Parameter& p, std::size_t hint) const noexcept;
  static const SparseRows& rows_of(const Entry& entry);
  static bool needs_copy(const Entry& mine, const Entry& added) noexcept;
  static Entry sum_or_copy(const Entry& mine, const Entry& added);
  static const Tensor* value_of(const Entry* entry) { return entry == nullptr ? nullptr : &entry->value(); }
  static std::optional<Tensor> copy_of(const Tensor* gradient) {
    return gradient == nullptr ? std::nullopt : std::optional{*gradient};
  }

  boost::intrusive_ptr<Set> set_;
};

}  // namespace capstan
