// The planner's streams: which three instructions in a row run piece by piece.

#include <algorithm>
#include <bit>

#include "planner.hpp"

namespace capstan {

namespace {

constexpr std::int64_t piece_bytes = 1 << 18;  // of the matrix: twice that fits a second-level cache
constexpr std::int64_t least_bytes = 1 << 21;  // of a matrix that is read from farther away
constexpr std::int64_t least_piece = 16;       // elements

bool same_place(const Place& a, const Place& b) { return a.base == b.base && a.offset == b.offset; }

bool is_transposed(const MatrixVector& a, const MatrixVector& b) {
  return a.rows == b.columns && a.columns == b.rows && a.row_stride == b.column_stride &&
         a.column_stride == b.row_stride;
}

/// Whether every operand moves on with the elements, or is a single one, and closings fold all of them.
bool is_flat(const Groups& groups, const Group& group) {
  const auto first = groups.closings.begin() + group.first_closing;
  return group.row == group.count && group.strided_count == 0 &&
         std::all_of(first, first + group.closing_count,
                     [&group](const Closing& closing) { return closing.extent == group.count; });
}

std::int64_t bytes_of_row(const MatrixVector& v, DType dtype) {
  return v.columns * static_cast<std::int64_t>(size_of(dtype));
}

/// Elements of a piece; a power of two.
std::int64_t piece_of(std::int64_t row_bytes) {
  const auto fits = static_cast<std::uint64_t>(piece_bytes / row_bytes);
  return std::min(static_cast<std::int64_t>(std::bit_floor(fits)), tile_elements);
}

}  // namespace

/// A product of a matrix and a vector, as it is if it may begin a stream.
std::optional<MatrixVector> Planner::front_of_stream(const Instruction& made) const {
  if (made.kind != Instruction::Kind::forward || made.accumulate) return std::nullopt;
  const Array* const arrays = plan_.arrays.data() + made.detail;
  const auto front = made.op->matrix_vector({arrays, made.input_count});
  if (!front || front->rows <= vector_stretch) return std::nullopt;
  const std::int64_t row_bytes = bytes_of_row(*front, arrays->dtype);
  return piece_of(row_bytes) >= least_piece && front->rows * row_bytes >= least_bytes ? front : std::nullopt;
}

bool Planner::may_stream(std::int64_t count) const {
  if (plan_.instructions.empty()) return false;
  const auto front = front_of_stream(plan_.instructions[plan_.instructions.size() - 1]);
  return front && front->rows == count;
}

std::optional<Stream> Planner::find_stream(const Op& op, std::span<const Array> arrays,
                                           std::span<const Value> values) const {
  const auto back = op.matrix_vector(arrays);
  const std::size_t made = plan_.instructions.size();
  if (!back || back->vector_stride != 1 || made + 1 < stream_length) return std::nullopt;
  const Instruction &in = plan_.instructions[made - 2], &between = plan_.instructions[made - 1];
  const auto front = front_of_stream(in);
  if (!front || !is_transposed(*back, *front) || between.kind != Instruction::Kind::group) return std::nullopt;
  const std::uint32_t matrix = in.first_pointer + static_cast<std::uint32_t>(front->matrix);
  const Value &same = values[back->matrix], &x = values[1 - back->matrix];
  if (buffer_of_[matrix] != same.buffer || !same_place(plan_.places[matrix], {same.offset, same.base}) ||
      (x.buffer != none && x.offset != 0))
    return std::nullopt;
  const Group& group = plan_.groups.groups[between.detail];
  if (group.count != front->rows || group.block != vector_stretch || !is_flat(plan_.groups, group)) return std::nullopt;

  const std::int64_t row_bytes = bytes_of_row(*front, arrays[0].dtype);
  Stream stream{.first = static_cast<std::uint32_t>(made - 2),
                .in = *front,
                .back = *back,
                .piece = piece_of(row_bytes),
                .in_pointer = in.first_pointer,
                .group_pointer = between.first_pointer,
                .back_pointer = 0,
                .group = between.detail,
                .lane_bytes = aligned(front->scratch_bytes) + aligned(back->sums_bytes),
                .sums_offset = aligned(front->scratch_bytes),
                .parts_offset = 0,
                .part_bytes = static_cast<std::size_t>(row_bytes),
                .scratch_bytes = 0};
  const std::int64_t stretches = (group.count + vector_stretch - 1) / vector_stretch;
  stream.parts_offset = stream.lane_bytes * static_cast<std::size_t>(group.lanes);
  stream.scratch_bytes = stream.parts_offset + stream.part_bytes * static_cast<std::size_t>(stretches);
  return stream;
}

/// The instruction made last ends it.
void Planner::add_stream(Stream stream) {
  const Instruction& back = plan_.instructions[plan_.instructions.size() - 1];
  stream.back_pointer = back.first_pointer;
  plan_.streams.push_back(stream);
  const auto last = static_cast<std::uint32_t>(plan_.instructions.size() - 1);
  for (std::uint32_t p = stream.in_pointer; p < back.first_pointer + back.pointer_count; ++p) {
    if (buffer_of_[p] == none) continue;
    Buffer& buffer = buffers_[buffer_of_[p]];
    if (buffer.last_use != none) buffer.last_use = last;
  }
}

}  // namespace capstan
