#include "plan/stream.hpp"

#include <cstring>

namespace capstan {

namespace {

class StreamRun final : public AroundPieces {
 public:
  StreamRun(const Stream& stream, void* const* pointers)
      : AroundPieces{stream.piece},
        stream_{stream},
        first_{pointers + stream.parts[0].first_pointer},
        second_{pointers + stream.parts[2].first_pointer} {}

  void before(std::int64_t first, std::int64_t n, int lane) const override {
    const MatrixVector& v = stream_.first;
    v.kernels->make(v, first_[v.matrix], first_[1 - v.matrix], first_[2], first, n, scratch(lane));
  }

  void after(std::int64_t first, std::int64_t n, int lane) const override {
    const MatrixVector& v = stream_.second;
    v.kernels->add(v, second_[v.matrix], second_[1 - v.matrix], first, n, scratch(lane) + stream_.sums_offset);
  }

  void end_block(std::int64_t block, int lane) const override {
    const MatrixVector& v = stream_.second;
    v.kernels->take(v, scratch(lane) + stream_.sums_offset, part(block));
  }

  void finish(std::int64_t blocks) const {
    const MatrixVector& v = stream_.second;
    std::memcpy(second_[2], part(0), stream_.part_bytes);
    for (std::int64_t block = 1; block < blocks; ++block) v.kernels->join(v.rows, second_[2], part(block));
  }

 private:
  std::byte* scratch(int lane) const { return static_cast<std::byte*>(second_[3]) + lane * stream_.lane_bytes; }
  std::byte* part(std::int64_t block) const {
    return static_cast<std::byte*>(second_[3]) + stream_.parts_offset + block * stream_.part_bytes;
  }

  const Stream& stream_;
  // Inputs, output, scratch:
  void* const* first_;
  void* const* second_;
};

}  // namespace

void run_stream(const Groups& groups, const Stream& stream, void* const* pointers, const Word* words, int threads) {
  const Instruction& between = stream.parts[1];
  const Group& group = groups.groups[between.detail];
  const StreamRun run{stream, pointers};
  run_group(groups, group, pointers + between.first_pointer, words, threads, &run);
  run.finish((group.count + group.block - 1) / group.block);
}

}  // namespace capstan
