#include <capstan/ops/einsum.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/container/static_vector.hpp>

#include <capstan/graph/op.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

#include "einsum_axes.hpp"
#include "elementwise/chain.hpp"
#include "operand_list.hpp"

namespace capstan {

namespace {

using Role = Contraction::Role;
using RoleWords = boost::container::static_vector<Word, 2 * max_rank>;

Word word_of(Role role, std::size_t number) { return number << 2u | static_cast<Word>(role); }
Contraction::Axis axis_of(Word word) { return {static_cast<Role>(word & 3u), static_cast<std::size_t>(word >> 2u)}; }

/// A value with a letter for each axis.
struct Term {
  Var x;
  std::string axes;
};

/// The product of two terms, summed over the axes of both that the output lacks. The output has all other axes, in any order.
/// In a gradient rule a is the cotangent.
Var contract(const Term& a, const Term& b, std::string_view output, bool in_rule, std::source_location where);

/// Σ a · b. Its words are the roles of the axes, a's first.
class Einsum final : public OpOf<Contraction> {
 public:
  std::string_view name() const noexcept override { return "einsum"; }

  ArrayType infer(const Signature& s) const override {
    const DType dtype = s.common_dtype({"a", "b"});
    boost::container::static_vector<std::int64_t, 2 * max_rank> extents;
    for (const Role role : {Role::batch, Role::row, Role::column}) {
      const std::size_t first = extents.size();
      for (std::size_t i = 0; i < s.words().size(); ++i) {
        const Contraction::Axis axis = axis_of(s.words()[i]);
        if (axis.role() != role) continue;
        if (extents.size() <= first + axis.number()) extents.resize(first + axis.number() + 1);
        extents[first + axis.number()] = extent(s, i);
      }
    }
    if (extents.size() > max_rank) {
      throw ShapeError{s.message(fmt::format("the product ({}) has {} axes, the most is {}", fmt::join(extents, ", "),
                                             extents.size(), max_rank),
                                 {"a", "b"})};
    }
    try {
      return {dtype, Shape(extents)};
    } catch (const ShapeError&) {
      throw ShapeError{s.message(
          fmt::format("the product ({}) must have fewer than 2^63 elements", fmt::join(extents, ", ")), {"a", "b"})};
    }
  }

  Contraction made(const Types& types, std::span<const Word> words) const override {
    Contraction product;
    const std::size_t a = types.shape(0).rank();
    for (std::size_t i = 0; i < words.size(); ++i)
      (i < a ? product.a.axes[i] : product.b.axes[i - a]) = axis_of(words[i]);
    return product;
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    const std::size_t rank = rule.a().shape().rank();
    std::string axes;
    for (const Word word : rule.words()) axes.push_back(letter_of(word));
    const std::string a = axes.substr(0, rank), b = axes.substr(rank);
    // In the order of their letters: batch, rows, columns.
    std::string output = a + axes_that(b, [&](char axis) { return !has_axis(a, axis); });
    std::erase_if(output, [](char axis) { return axis >= letter_of(word_of(Role::depth, 0)); });
    std::sort(output.begin(), output.end());
    const Term dy{rule.dy(), output};
    if (rule.needs(0)) dx[0] = contract(dy, {rule.b(), b}, a, true, rule.where());
    if (rule.needs(1)) dx[1] = contract(dy, {rule.a(), a}, b, true, rule.where());
  }

  /// Adds the product as `einsum` takes it, with letters in the order of batch, row, column and depth.
  void describe(Description& d, std::span<const Word> words) const override {
    std::string axes;
    for (const Word word : words) axes.push_back(letter_of(word));
    std::string all = axes;
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    for (char& axis : axes) axis = static_cast<char>('a' + all.find(axis));
    // Axes of batch and depth are in both factors; rows are in a alone, columns in b alone.
    const std::size_t rank = (words.size() + count(words, Role::row) - count(words, Role::column)) / 2;
    std::string output;
    for (std::size_t i = 0; i < all.size() - count(words, Role::depth) / 2; ++i)
      output.push_back(static_cast<char>('a' + i));
    d.add("axes", axes.substr(0, rank) + ',' + axes.substr(rank) + "->" + output);
  }

 private:
  static std::size_t count(std::span<const Word> words, Role role) {
    return static_cast<std::size_t>(
        std::count_if(words.begin(), words.end(), [role](Word word) { return axis_of(word).role() == role; }));
  }
  static std::int64_t extent(const Signature& s, std::size_t axis) {
    const Shape& a = s.shape(0);
    return axis < a.rank() ? a[axis] : s.shape(1)[axis - a.rank()];
  }
  static char letter_of(Word word) {
    const Contraction::Axis axis = axis_of(word);
    return static_cast<char>('A' + static_cast<std::size_t>(axis.role()) * max_rank + axis.number());
  }
};

constexpr Einsum einsum_op;

Axes axes_at(std::span<const std::int64_t> numbers) { return Axes{numbers}; }

/// The axes of a term in another order.
Term ordered(Term t, std::string_view axes, std::source_location where) {
  if (t.axes == axes) return t;
  std::array<std::int64_t, max_rank> from{};
  for (std::size_t i = 0; i < axes.size(); ++i) from[i] = static_cast<std::int64_t>(t.axes.find(axes[i]));
  return {transpose(t.x, axes_at({from.data(), axes.size()}), where), std::string{axes}};
}

/// Without letters that stand twice. Of n × n elements side by side, every (n + 1)-th one is of the diagonal.
Term diagonal(Term t, std::source_location where) {
  for (std::size_t i = 0; i < t.axes.size(); ++i) {
    const char axis = t.axes[i];
    if (std::count(t.axes.begin(), t.axes.end(), axis) == 1) continue;
    const std::size_t j = t.axes.find(axis, i + 1), rank = t.axes.size();
    std::array<std::int64_t, max_rank> order{};
    std::size_t count = 0;
    for (std::size_t k = 0; k < rank; ++k) {
      if (k != i && k != j) order[count++] = static_cast<std::int64_t>(k);
    }
    order[count] = static_cast<std::int64_t>(i);
    order[count + 1] = static_cast<std::int64_t>(j);
    const Var last = transpose(t.x, axes_at({order.data(), rank}), where);
    const Shape& shape = last.shape();
    const std::int64_t n = shape[rank - 1];
    Strides extents(shape.begin(), shape.end() - 2);
    extents.push_back(n * n);
    const Var square = reshape(last, axes_at({extents.data(), extents.size()}), where);
    t.x = slice(square, {.axis = -1, .step = n + 1}, where);
    t.axes = t.axes.substr(0, i) + t.axes.substr(i + 1, j - i - 1) + t.axes.substr(j + 1) + axis;
    i = std::string::npos;  // from the first one again
  }
  return t;
}

/// Summed over the axes that need not be kept.
template <class Keeps>
Term summed(Term t, Keeps keeps, std::source_location where) {
  std::array<std::int64_t, max_rank> along{};
  std::size_t count = 0;
  for (std::size_t i = 0; i < t.axes.size(); ++i) {
    if (!keeps(t.axes[i])) along[count++] = static_cast<std::int64_t>(i);
  }
  if (count == 0) return t;
  return {sum(t.x, {.axes = axes_at({along.data(), count})}, where), axes_that(t.axes, keeps)};
}

/// In a shape that broadcasts to that of the output.
Var aligned(const Term& t, std::string_view output, std::source_location where) {
  const std::string axes = axes_that(output, [&](char axis) { return has_axis(t.axes, axis); });
  const Var x = ordered(t, axes, where).x;
  const std::size_t lead = output.find_first_of(axes);
  if (axes.empty() || output.size() - lead == axes.size()) return x;
  Strides extents;
  for (std::size_t i = lead, k = 0; i < output.size(); ++i)
    extents.push_back(has_axis(axes, output[i]) ? x.shape()[k++] : 1);
  return reshape(x, axes_at({extents.data(), extents.size()}), where);
}

/// The product of two terms with an axis to sum over: a has the rows, b the columns.
Term record_product(const Term& a, const Term& b, std::string_view output, std::source_location where) {
  const auto of_both = [&](char axis) { return has_axis(a.axes, axis) && has_axis(b.axes, axis); };
  const std::string batch = axes_that(output, of_both);
  const std::string rows = axes_that(output, [&](char axis) { return !has_axis(b.axes, axis); });
  const std::string columns = axes_that(output, [&](char axis) { return !has_axis(a.axes, axis); });
  const std::string depth = axes_that(a.axes, [&](char axis) { return !has_axis(output, axis); });
  RoleWords words;
  for (const std::string* const axes : {&a.axes, &b.axes}) {
    for (const char axis : *axes) {
      if (has_axis(batch, axis)) words.push_back(word_of(Role::batch, batch.find(axis)));
      if (has_axis(rows, axis)) words.push_back(word_of(Role::row, rows.find(axis)));
      if (has_axis(columns, axis)) words.push_back(word_of(Role::column, columns.find(axis)));
      if (has_axis(depth, axis)) words.push_back(word_of(Role::depth, depth.find(axis)));
    }
  }
  const Operand left{a.x}, right{b.x};
  return {record(einsum_op, {&left, &right}, {words.data(), words.size()}, where), batch + rows + columns};
}

Var contract(const Term& a, const Term& b, std::string_view output, bool in_rule, std::source_location where) {
  const bool sums = std::any_of(a.axes.begin(), a.axes.end(), [&](char axis) { return !has_axis(output, axis); });
  if (!sums) {
    if (output.size() > max_rank) {
      throw ShapeError{fmt::format("einsum: the product \"{}\" has {} axes, the most is {}\n  at {}", output,
                                   output.size(), max_rank, place(where))};
    }
    const Var left = aligned(a, output, where), right = aligned(b, output, where);
    return in_rule ? elementwise::chain(where, left, right) : multiply(left, right, where);
  }
  // Of rows and columns, the columns lie side by side.
  const std::string free =
      axes_that(output, [&](char axis) { return has_axis(a.axes, axis) != has_axis(b.axes, axis); });
  const bool both = std::any_of(free.begin(), free.end(), [&](char axis) { return has_axis(b.axes, axis); });
  const bool swaps = both && has_axis(a.axes, free.back());
  return ordered(swaps ? record_product(b, a, output, where) : record_product(a, b, output, where), output, where).x;
}

/// The output of a pair: the axes of either that are needed later, those of both first.
std::string pair_output(const Term& a, const Term& b, std::string_view needed) {
  const auto is_needed = [&](char axis) { return has_axis(needed, axis); };
  return axes_that(a.axes, [&](char axis) { return is_needed(axis) && has_axis(b.axes, axis); }) +
         axes_that(a.axes, [&](char axis) { return is_needed(axis) && !has_axis(b.axes, axis); }) +
         axes_that(b.axes, [&](char axis) { return is_needed(axis) && !has_axis(a.axes, axis); });
}

Var record_einsum(std::string_view text, std::span<const Operand* const> operands, std::source_location where) {
  if (operands.empty()) {
    throw ValueError{fmt::format("einsum: needs at least one operand, got none\n  at {}", place(where))};
  }
  const Composite whole{"einsum", operands, where};
  const EinsumAxes axes = read_einsum(text, operands, where);
  const auto term = [&](std::size_t i) {
    return diagonal({whole.on_tape(*operands[i], operands, where), axes.operands[i]}, where);
  };
  Term y = term(0);
  for (std::size_t i = 1; i < operands.size(); ++i) {
    std::string needed = axes.output;
    for (std::size_t k = i + 1; k < operands.size(); ++k) needed += axes.operands[k];
    const Term x = term(i);
    const auto kept_beside = [&](const Term& other) {
      return [&](char axis) { return has_axis(other.axes, axis) || has_axis(needed, axis); };
    };
    const Term a = summed(y, kept_beside(x), where), b = summed(x, kept_beside(y), where);
    const bool last = i + 1 == operands.size();
    const std::string output = last ? axes.output : pair_output(a, b, needed);
    y = {contract(a, b, output, false, where), output};
  }
  y = summed(y, [&](char axis) { return has_axis(axes.output, axis); }, where);
  return ordered(y, axes.output, where).x;
}

}  // namespace

Var einsum(std::string_view axes, const Operand& x, std::source_location where) {
  return record_einsum(axes, std::array{&x}, where);
}

Var einsum(std::string_view axes, const Operand& a, const Operand& b, std::source_location where) {
  return record_einsum(axes, std::array{&a, &b}, where);
}

Var einsum(std::string_view axes, std::initializer_list<Operand> operands, std::source_location where) {
  return with_operands(operands, where, [&](auto all) { return record_einsum(axes, all, where); });
}

Var einsum(std::string_view axes, std::span<const Var> operands, std::source_location where) {
  return with_operands(operands, where, [&](auto all) { return record_einsum(axes, all, where); });
}

}  // namespace capstan
