#include <capstan/graph/gradients.hpp>

#include <algorithm>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/tensor/threads.hpp>

#include <capstan/tensor/visit_dtype.hpp>
#include "row_gradient.hpp"
#include "tape/describe.hpp"
#include "tape/leaf.hpp"
#include "tape_state.hpp"

namespace capstan {

namespace {

using Entries = std::span<const Gradients::Entry>;

constexpr std::size_t most_listed = 6;
constexpr const char* did_not_lead = " did not lead to the loss, or only through ops without a gradient";

bool same(const Var& a, const Var& b) noexcept {
  return a.state() != nullptr && a.state() == b.state() && a.id() == b.id() && a.generation() == b.generation();
}

/// Returns the position of the first entry that matches, or the number of entries if none does. The search begins at the
/// hint and moves away from it, since parameters without a gradient shift the others by a few positions only.
template <class Matches>
std::size_t find_near(Entries entries, std::size_t hint, const Matches& matches) {
  if (hint < entries.size() && matches(entries[hint])) return hint;
  for (std::size_t below = std::min(hint, entries.size()), above = hint + 1; below > 0 || above < entries.size();
       ++above) {
    if (below > 0) {
      --below;
      if (matches(entries[below])) return below;
    }
    if (above < entries.size() && matches(entries[above])) return above;
  }
  return entries.size();
}

std::size_t find_parameter(Entries entries, const Parameter& p, std::size_t hint) {
  return find_near(entries, hint, [&p](const Gradients::Entry& entry) { return entry.parameter == p; });
}

std::size_t find_leaf(Entries entries, const Var& x, std::size_t hint) {
  return find_near(entries, hint, [&x](const Gradients::Entry& entry) { return same(entry.leaf, x); });
}

std::string describe(const Gradients::Entry& entry) {
  if (!entry.parameter) return fmt::format("a variable {}", entry.shape());
  return fmt::format("\"{}\" {}", entry.parameter->name(), entry.shape());
}

std::string list(Entries entries) {
  if (entries.empty()) return "\n  there are no gradients at all";
  std::string text = "\n  there are gradients of ";
  const std::size_t listed = entries.size() <= most_listed + 1 ? entries.size() : most_listed;
  for (std::size_t i = 0; i < listed; ++i) text += (i > 0 ? ", " : "") + describe(entries[i]);
  if (listed < entries.size()) text += fmt::format(" and {} more", entries.size() - listed);
  return text;
}

/// Says why a Var has no gradient here.
std::string describe_missing(const Var& x) {
  if (x.state() == nullptr) return "the Var is empty";
  if (x.is_orphan()) return "the Var's tape is gone";
  if (!x.is_current()) return "the Var was recorded before the last tape.rewind(), these gradients were not";
  const std::string who = capstan::describe(x.state()->recording(), x.id());
  if (is_wanted_leaf(*x.state()->node(x.id()).op)) return who + did_not_lead;
  return who + " is not a variable or parameter: gradient(y, x) is for other values";
}

/// Makes x a tensor that may be written: a copy, unless no other tensor shares its memory.
void make_writable(Tensor& x) {
  const bool alone = x.storage() && x.storage()->owned() && x.storage()->unique();
  if (!alone || !x.is_contiguous()) x = x.copy();
}

void scale(Tensor& x, double factor) {
  visit_dtype(x.dtype(), [&]<class T>(T) {
    for (T& element : x.mutable_data<T>()) element = static_cast<T>(element * factor);
  });
}

void add_to(Tensor& sum, const Tensor& addend) {
  visit_dtype(sum.dtype(), [&]<class T>(T) {
    const T* from = addend.data<T>().data();
    for (T& element : sum.mutable_data<T>()) element += *from++;
  });
}

void check_fit(std::string_view what, const Gradients::Entry& entry, const Shape& shape, DType dtype,
               const std::string& end) {
  if (shape != entry.shape()) {
    throw ShapeError{
        fmt::format("gradients: {} for {} must have its shape, got {}{}", what, describe(entry), shape, end)};
  }
  if (dtype != entry.dtype()) {
    throw DTypeError{
        fmt::format("gradients: {} for {} must be {}, got {}{}", what, describe(entry), entry.dtype(), dtype, end)};
  }
}

}  // namespace

const Shape& Gradients::Entry::table() const noexcept { return rows_->table(); }
const SparseRows& Gradients::Entry::sparse() const noexcept { return rows_->value(); }
void Gradients::Entry::make_dense() const { value_ = rows_->dense(); }

void Gradients::Entry::set_dense(const Tensor& value) {
  value_ = value;
  rows_.reset();
}

/// Rows of such a table that nobody else looks at, to be filled.
RowGradient& Gradients::Entry::writable_rows(const Shape& table, DType dtype) {
  const bool fits = rows_ && rows_.use_count() == 1 && rows_->table() == table && rows_->dtype() == dtype;
  if (!fits) rows_ = std::make_shared<RowGradient>(table, dtype);
  value_ = Tensor{};
  return *rows_;
}

/// Makes what may be other than 0 memory of its own.
void Gradients::Entry::make_writable() {
  if (!rows_) return capstan::make_writable(value_);
  if (rows_.use_count() > 1) rows_ = std::make_shared<RowGradient>(*rows_);
  capstan::make_writable(rows_->rows());
  value_ = Tensor{};
}

const Gradients::Entry* Gradients::find_farther(const Parameter& p, std::size_t hint) const noexcept {
  const Entries all = entries();
  const std::size_t at = find_parameter(all, p, hint);
  return at < all.size() ? &all[at] : nullptr;
}

const Gradients::Entry* Gradients::find_entry(const Var& x) const& noexcept {
  const std::size_t at = find_leaf(entries(), x, 0);
  return at < size() ? &entries()[at] : nullptr;
}

const Gradients::Entry& Gradients::existing(const Parameter& p) const {
  if (const Entry* const entry = find_entry(p)) return *entry;
  throw ValueError{
      fmt::format("gradients: parameter \"{}\" {}{}{}", p.name(), p.shape(), did_not_lead, list(entries()))};
}

const Gradients::Entry& Gradients::existing(const Var& x) const {
  if (const Entry* const entry = find_entry(x)) return *entry;
  throw ValueError{fmt::format("gradients: {}{}", describe_missing(x), list(entries()))};
}

const SparseRows& Gradients::rows_of(const Entry& entry) {
  if (entry.is_sparse()) return entry.sparse();
  throw ValueError{fmt::format("gradients: that of {} is not row-sparse; g[x] is the whole gradient", describe(entry))};
}

Gradients& Gradients::operator+=(const Gradients& other) {
  const boost::intrusive_ptr<Set> theirs = other.set_;  // may be the same set as this one
  if (!theirs) return *this;
  const auto partner = [this](const Entry& entry, std::size_t hint) {
    return entry.parameter ? find_parameter(entries(), *entry.parameter, hint) : find_leaf(entries(), entry.leaf, hint);
  };
  for (std::size_t i = 0; i < theirs->entries.size(); ++i) {
    const Entry& entry = theirs->entries[i];
    if (const std::size_t at = partner(entry, i); at < size())
      check_fit("what is added", entries()[at], entry.shape(), entry.dtype(), "");
  }
  // All memory is taken before the first sum is written.
  std::vector<Entry>& mine = own().entries;
  std::vector<Entry> more, addends;  // what is new; sums of rows, and copies of what is not row-major
  for (std::size_t i = 0; i < theirs->entries.size(); ++i) {
    const Entry& entry = theirs->entries[i];
    const std::size_t at = partner(entry, i);
    if (at == mine.size()) {
      more.push_back(entry);
      continue;
    }
    if (!mine[at].is_sparse()) mine[at].make_writable();
    if (needs_copy(mine[at], entry)) addends.push_back(sum_or_copy(mine[at], entry));
  }
  mine.reserve(mine.size() + more.size());
  auto addend = addends.begin();
  for (std::size_t i = 0; i < theirs->entries.size(); ++i) {
    const Entry& entry = theirs->entries[i];
    const std::size_t at = partner(entry, i);
    if (at == mine.size()) continue;
    const Entry& added = needs_copy(mine[at], entry) ? *addend++ : entry;
    if (mine[at].is_sparse())
      mine[at] = added;  // the sum
    else if (added.is_sparse())
      added.rows_->add_to(mine[at].value_);
    else
      add_to(mine[at].value_, added.value_);
  }
  std::move(more.begin(), more.end(), std::back_inserter(mine));
  return *this;
}

/// Whether the sum of row-sparse gradients, or a copy of what is added, has to be made first.
bool Gradients::needs_copy(const Entry& mine, const Entry& added) noexcept {
  return mine.is_sparse() || (!added.is_sparse() && !added.value_.is_contiguous());
}

Gradients::Entry Gradients::sum_or_copy(const Entry& mine, const Entry& added) {
  Entry result;
  result.parameter = mine.parameter;
  result.leaf = mine.leaf;
  if (mine.is_sparse() && added.is_sparse()) {
    RowGradient& rows = result.writable_rows(mine.shape(), mine.dtype());
    rows.begin();
    for (const SparseRows* part : {&mine.sparse(), &added.sparse()}) rows.add(part->indices, part->rows, {});
    rows.finish(threads());
    return result;
  }
  result.value_ = added.value_.copy();
  if (mine.is_sparse()) mine.rows_->add_to(result.value_);
  return result;
}

Gradients& Gradients::operator*=(double factor) {
  if (!set_) return *this;
  std::vector<Entry>& mine = own().entries;
  for (Entry& entry : mine) entry.make_writable();
  for (Entry& entry : mine) scale(entry.rows_ ? entry.rows_->rows() : entry.value_, factor);
  return *this;
}

void Gradients::replace(std::size_t entry, const Tensor& value, std::source_location where) {
  if (entry >= size()) {
    throw IndexError{fmt::format("gradients: there are {} entries, none at {}\n  at {}", size(), entry, place(where))};
  }
  const Entry& old = entries()[entry];
  const bool of_rows = old.is_sparse() && value.shape() == old.numbers().shape();
  check_fit("what replaces the gradient", old, of_rows ? old.shape() : value.shape(), value.dtype(),
            fmt::format("\n  at {}", place(where)));
  Entry& mine = own().entries[entry];
  if (!of_rows) return mine.set_dense(value);
  const auto rows = std::make_shared<RowGradient>(*mine.rows_);
  rows->replace(value);
  mine.rows_ = rows;
  mine.value_ = Tensor{};
}

Gradients::Set& Gradients::own() {
  if (!set_) {
    set_ = new Set;
  } else if (set_->use_count() > 1) {
    set_ = new Set{*set_};
  }
  return *set_;
}

}  // namespace capstan
