// The planner's streams: which instructions run together, piece by piece.

#include <algorithm>
#include <bit>

#include "plan/planner.hpp"

namespace capstan {

namespace {

constexpr std::int64_t piece_bytes = 1 << 18;  // of the matrix: twice that fits a second-level cache
constexpr std::int64_t least_bytes = 1 << 21;  // of a matrix that is read from farther away
constexpr std::int64_t least_piece = 16;       // elements
constexpr std::int64_t least_run = 256;        // bytes that lie side by side
constexpr std::uint32_t most_between = 16;     // instructions

// So that no product ends one stream and begins another: what makes up a piece is fewer than what makes a stretch.
static_assert(piece_bytes / least_piece / static_cast<std::int64_t>(sizeof(float)) <= vector_stretch);

bool same_place(const Place& a, const Place& b) { return a.base == b.base && a.offset == b.offset; }

bool is_transposed(const MatrixVector& a, const MatrixVector& b) {
  return a.rows == b.columns && a.columns == b.rows && a.row_stride == b.column_stride &&
         a.column_stride == b.row_stride;
}

std::int64_t bytes_of_row(const MatrixVector& v, DType dtype) {
  return v.columns * static_cast<std::int64_t>(size_of(dtype));
}

/// Elements of a piece; a power of two.
std::int64_t piece_of(std::int64_t row_bytes) {
  const auto fits = static_cast<std::uint64_t>(piece_bytes / row_bytes);
  return std::min(static_cast<std::int64_t>(std::bit_floor(fits)), tile_elements);
}

std::int64_t stretches_of(std::int64_t elements) { return (elements + vector_stretch - 1) / vector_stretch; }

}  // namespace

/// A product of a matrix and a vector, as it is if it may begin a stream: there is a stretch for every thread.
std::optional<MatrixVector> Planner::front_of_stream(const Instruction& made) const {
  if (!request_.may_stream || made.kind != Instruction::Kind::product || made.accumulate || made.streams)
    return std::nullopt;
  const kernels::ProductTask& product = plan_.products[made.detail];
  const auto front = product.matrix_vector();
  if (!front || front->rows <= vector_stretch || stretches_of(front->rows) < request_.threads) return std::nullopt;
  const std::int64_t row_bytes = bytes_of_row(*front, product.layout().dtype), piece = piece_of(row_bytes);
  const std::int64_t run = front->column_stride == 1 ? row_bytes : piece * row_bytes / front->columns;
  return piece >= least_piece && run >= least_run && front->rows * row_bytes >= least_bytes ? front : std::nullopt;
}

/// The last product before instruction `end` that may begin a stream over so many elements, and `is_wanted`.
template <class IsWanted>
std::optional<Stream::Product> Planner::find_front(std::uint32_t end, std::int64_t count, IsWanted is_wanted) const {
  const std::uint32_t first = end - std::min(end, most_between);
  for (std::uint32_t i = end; i-- > first;) {
    const Instruction& made = plan_.instructions[i];
    const auto front = front_of_stream(made);
    if (front && front->rows == count && is_wanted(made, *front)) return Stream::Product{i, made.first_pointer, *front};
  }
  return std::nullopt;
}

bool Planner::may_stream(std::int64_t count) const {
  const auto any = [](const Instruction&, const MatrixVector&) { return true; };
  return count > vector_stretch &&
         find_front(static_cast<std::uint32_t>(plan_.instructions.size()), count, any).has_value();
}

/// The group that may stream and makes the value in a buffer.
std::optional<Stream::Middle> Planner::find_middle(std::uint32_t buffer) const {
  const auto end = static_cast<std::uint32_t>(plan_.instructions.size()), first = end - std::min(end, most_between);
  for (std::uint32_t i = end; i-- > first;) {
    const Instruction& made = plan_.instructions[i];
    if (made.kind != Instruction::Kind::group || !writes(made, buffer)) continue;
    if (!plan_.groups.groups[made.detail].may_stream) return std::nullopt;
    return Stream::Middle{i, made.first_pointer, made.detail};
  }
  return std::nullopt;
}

bool Planner::reads(const Instruction& made, std::uint32_t buffer) const {
  const std::uint32_t* const first = buffer_of_.data() + made.first_pointer;
  return std::find(first, first + made.input_count, buffer) != first + made.input_count;
}

bool Planner::writes(const Instruction& made, std::uint32_t buffer) const {
  const std::uint32_t* const first = buffer_of_.data() + made.first_pointer;
  return std::find(first + made.input_count, first + made.pointer_count, buffer) != first + made.pointer_count;
}

/// Whether an instruction reads, or adds to, what another one makes.
bool Planner::waits_for(const Instruction& made, const Instruction& other) const {
  for (std::uint32_t p = other.first_pointer + other.input_count; p < other.first_pointer + other.pointer_count; ++p) {
    if (reads(made, buffer_of_[p]) || (made.accumulate && writes(made, buffer_of_[p]))) return true;
  }
  return false;
}

/// Whether a group reads no element of a product before its turn.
bool Planner::reads_in_turn(const Instruction& made, const Instruction& product) const {
  const std::uint32_t made_by_product = buffer_of_[product.first_pointer + product.input_count];
  const Group& group = plan_.groups.groups[made.detail];
  for (std::uint32_t p = 0; p < made.input_count; ++p) {
    if (buffer_of_[made.first_pointer + p] == made_by_product && !plan_.groups.moves(group, p)) return false;
  }
  return true;
}

/// Nothing between a stream's instructions may need what they make: they are made when the last one is due.
bool Planner::may_wait(std::uint32_t in, std::uint32_t between) const {
  const Instruction &front = plan_.instructions[in], &group = plan_.instructions[between];
  for (std::uint32_t i = in + 1; i < plan_.instructions.size(); ++i) {
    const Instruction& made = plan_.instructions[i];
    if (i != between && (waits_for(made, front) || waits_for(made, group))) return false;
  }
  return reads_in_turn(group, front);
}

std::optional<Stream> Planner::find_stream(const kernels::ProductTask& product, std::span<const Value> values) const {
  const auto back = product.matrix_vector();
  if (!back || back->vector_stride != 1) return std::nullopt;
  const Value &matrix = values[back->matrix], &x = values[1 - back->matrix];
  const auto between = x.buffer == none ? std::nullopt : find_middle(x.buffer);
  if (!between) return std::nullopt;
  const auto is_wanted = [&](const Instruction& made, const MatrixVector& front) {
    const std::size_t pointer = made.first_pointer + front.matrix;
    return is_transposed(*back, front) && buffer_of_[pointer] == matrix.buffer &&
           same_place(plan_.places[pointer], {matrix.offset, matrix.base}) &&
           waits_for(plan_.instructions[between->instruction], made);
  };
  const Group& group = plan_.groups.groups[between->group];
  const auto in = find_front(between->instruction, group.count, is_wanted);
  if (!in || !may_wait(in->instruction, between->instruction)) return std::nullopt;

  const std::int64_t row_bytes = bytes_of_row(in->v, product.layout().dtype);
  const std::size_t sums_offset = aligned(in->v.scratch_bytes), lane_bytes = sums_offset + aligned(back->sums_bytes);
  Stream stream{.in = *in,
                .between = *between,
                .back = {static_cast<std::uint32_t>(plan_.instructions.size()), 0, *back},
                .piece = piece_of(row_bytes),
                .lane_bytes = lane_bytes,
                .sums_offset = sums_offset,
                .parts_offset = lane_bytes * static_cast<std::size_t>(group.lanes),
                .part_bytes = static_cast<std::size_t>(row_bytes),
                .scratch_bytes = 0};
  stream.scratch_bytes = stream.parts_offset + stream.part_bytes * static_cast<std::size_t>(stretches_of(group.count));
  return stream;
}

/// The instruction made last ends it, and has the scratch for all. What the others read and write is needed until then.
void Planner::add_stream(Stream stream) {
  const std::uint32_t last = stream.back.instruction;
  Instruction &in = plan_.instructions[stream.in.instruction],
              &between = plan_.instructions[stream.between.instruction];
  stream.back.pointer = plan_.instructions[last].first_pointer;
  for (Instruction* const made : {&in, &between}) {
    made->streams = true;
    for (std::uint32_t p = made->first_pointer; p < made->first_pointer + made->pointer_count; ++p) {
      if (buffer_of_[p] == none) continue;
      Buffer& buffer = buffers_[buffer_of_[p]];
      if (buffer.last_use != none) buffer.last_use = std::max(buffer.last_use, last);
    }
  }
  buffers_[buffer_of_[in.first_pointer + in.input_count + 1]].bytes = 0;
  plan_.streams.push_back(stream);
}

/// The stream whose group it is, or null.
const Stream* Planner::stream_of_group(std::uint32_t instruction) const {
  const auto found = std::find_if(plan_.streams.begin(), plan_.streams.end(), [instruction](const Stream& stream) {
    return stream.between.instruction == instruction;
  });
  return found == plan_.streams.end() ? nullptr : &*found;
}

}  // namespace capstan
