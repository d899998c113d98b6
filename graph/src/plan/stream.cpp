// Takes  steps.
// Gives  steps in which a product of a matrix and a vector, a group over its result, and a product of the same matrix,
//        transposed, and a vector of the group are one step. It stands where the second product stood, so that no step in
//        between may wait for the first two. The matrix is then read from memory once.
// After  lay, because "the same matrix, transposed" is a question of strides. Before emit, because a group of a stream has
//        other parts than the same group by itself.

#include <algorithm>

#include "plan/emit/group_operands.hpp"
#include "plan/emit/stream_shape.hpp"
#include "plan/fuse/fusible.hpp"
#include "plan/kinds.hpp"
#include "plan/passes.hpp"

namespace capstan::plan {

namespace {

constexpr std::uint32_t most_between = 16;  // steps

bool same_place(const Location& a, const Location& b) {
  return a.buffer == b.buffer && a.base == b.base && a.offset == b.offset;
}

bool is_transposed(const MatrixVector& a, const MatrixVector& b) {
  return a.rows == b.columns && a.columns == b.rows && a.row_stride == b.column_stride &&
         a.column_stride == b.row_stride;
}

class StreamFinder {
 public:
  explicit StreamFinder(Program& program) : program_{program}, values_{program.values}, steps_{program.steps} {}

  void find() {
    for (std::uint32_t i = 0; i < steps_.all.size(); ++i) {
      if (const auto parts = parts_that_end_with(i)) i = join(*parts);
    }
  }

 private:
  /// The numbers of the three steps of a stream.
  struct Parts {
    std::uint32_t first, group, second;
  };

  const Step& step(std::uint32_t i) const { return steps_.all[i]; }
  std::span<const Operand> operands(const Step& made) const { return steps_.operands_of(made); }
  std::uint32_t earliest(std::uint32_t end) const { return end - std::min(end, most_between); }

  /// A step as a product of a matrix and a vector, if the matrix is large enough for a stream.
  std::optional<MatrixVector> large_matrix_vector(const Step& made) const {
    if (made.kind != Instruction::Kind::product || made.accumulates) return std::nullopt;
    const Operand &a = operands(made)[0], &b = operands(made)[1];
    const Contraction& contraction = *values_.as<Contraction>(made.computes);
    const ProductSizes sizes = sizes_of(contraction, *values_[a.value].shape, *values_[b.value].shape);
    const std::int64_t matrix = std::max(values_[a.value].bytes(), values_[b.value].bytes());
    if (sizes.has_stack || (sizes.m == 1) == (sizes.n == 1) || matrix < least_streamed_bytes) return std::nullopt;
    return product_task(contraction, array_of(program_, a), array_of(program_, b), program_.request->threads)
        .matrix_vector();
  }

  std::optional<Parts> parts_that_end_with(std::uint32_t second) const {
    const auto back = large_matrix_vector(step(second));
    if (!back || back->vector_stride != 1) return std::nullopt;
    const Operand &matrix = operands(step(second))[back->matrix], &x = operands(step(second))[1 - back->matrix];
    const auto group = x.at.buffer == none ? std::nullopt : find_group(second, x.at.buffer);
    if (!group) return std::nullopt;
    const auto first = find_first(*group, matrix, *back);
    if (!first || !may_wait(*first, *group, second)) return std::nullopt;
    return Parts{*first, *group, second};
  }

  /// The group that computes the value in a buffer, if each of its operands is a scalar or lies as its tiles do.
  std::optional<std::uint32_t> find_group(std::uint32_t end, std::uint32_t buffer) const {
    for (std::uint32_t i = end; i-- > earliest(end);) {
      if (step(i).kind != Instruction::Kind::group || !writes(step(i), buffer)) continue;
      return is_flat(step(i)) ? std::optional{i} : std::nullopt;
    }
    return std::nullopt;
  }

  std::int64_t elements(const Step& group) const { return values_[first_op(group)].shape->elements(); }
  ValueId first_op(const Step& group) const { return program_.units.members[group.first_member]; }

  /// True if every operand of a group is a scalar or lies as the tiles do, and every reduction folds everything.
  bool is_flat(const Step& group) const {
    const std::int64_t count = elements(group);
    const auto lies_flat = [&](const Operand& x) { return lies_of(program_, x, count) != Lies::strided; };
    if (!std::ranges::all_of(operands(group), lies_flat)) return false;
    for (std::uint32_t i = group.first_member; i < group.first_member + group.member_count; ++i) {
      const ValueId v = program_.units.members[i];
      if (const Fold* const fold = values_.as<Fold>(v);
          fold && fusible_reduction_of(values_, v, *fold)->extent != count)
        return false;
    }
    return true;
  }

  /// The last product before the group that makes what the group reads, of the same matrix as the second product.
  std::optional<std::uint32_t> find_first(std::uint32_t group, const Operand& matrix,
                                          const MatrixVector& second) const {
    for (std::uint32_t i = group; i-- > earliest(group);) {
      const auto first = large_matrix_vector(step(i));
      if (!first || first->rows != elements(step(group)) || !is_transposed(second, *first)) continue;
      if (!can_begin_stream(*first, values_[matrix.value].dtype, program_.request->threads)) continue;
      if (same_place(operands(step(i))[first->matrix].at, matrix.at) && waits_for(step(group), step(i))) return i;
    }
    return std::nullopt;
  }

  /// True if no step between a stream's first and last needs what the first two compute, and the group reads no element of
  /// the first product before its turn.
  bool may_wait(std::uint32_t first, std::uint32_t group, std::uint32_t second) const {
    for (std::uint32_t i = first + 1; i < second; ++i) {
      if (i != group && (waits_for(step(i), step(first)) || waits_for(step(i), step(group)))) return false;
    }
    return std::ranges::all_of(operands(step(group)), [&](const Operand& x) {
      return x.at.buffer != step(first).to.at.buffer || lies_of(program_, x, elements(step(group))) == Lies::as_tiles;
    });
  }

  /// True if a step reads or adds to a value that another one, which is no stream, computes.
  bool waits_for(const Step& made, const Step& other) const {
    if (made.kind == Instruction::Kind::stream) {
      const Step* const parts = steps_.streamed.data() + made.first_member;
      return std::any_of(parts, parts + 3, [&](const Step& part) { return waits_for(part, other); });
    }
    if (made.accumulates && writes(other, made.to.at.buffer)) return true;
    return std::ranges::any_of(operands(made),
                               [&](const Operand& x) { return x.at.buffer != none && writes(other, x.at.buffer); });
  }

  bool writes(const Step& made, std::uint32_t buffer) const {
    if (made.kind != Instruction::Kind::group) return made.to.at.buffer == buffer;
    const ValueId* const first = program_.units.members.data() + made.first_member;
    return std::any_of(first, first + made.member_count,
                       [&](ValueId v) { return leaves_group(program_, v) && steps_.locations[v].buffer == buffer; });
  }

  /// Puts one step in the place of the last of three. Returns its number.
  std::uint32_t join(const Parts& parts) {
    Step joined = step(parts.second);
    joined.kind = Instruction::Kind::stream;
    joined.first_member = static_cast<std::uint32_t>(steps_.streamed.size());
    for (const std::uint32_t part : {parts.first, parts.group, parts.second}) steps_.streamed.push_back(step(part));
    Step* const all = steps_.all.begin();
    all[parts.second] = joined;
    std::move(all + parts.group + 1, steps_.all.end(), all + parts.group);
    std::move(all + parts.first + 1, steps_.all.end() - 1, all + parts.first);
    steps_.all.resize(steps_.all.size() - 2);
    return parts.second - 2;
  }

  Program& program_;
  const Values& values_;
  Steps& steps_;
};

}  // namespace

void stream(Program& program) { StreamFinder{program}.find(); }

}  // namespace capstan::plan
