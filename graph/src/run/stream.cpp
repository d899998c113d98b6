#include "plan/stream.hpp"

#include <cstring>

namespace capstan {

namespace {

class StreamRun final : public AroundPieces {
 public:
  StreamRun(const Stream& stream, void* const* pointers)
      : AroundPieces{stream.piece},
        stream_{stream},
        in_{pointers + stream.in.pointer},
        back_{pointers + stream.back.pointer} {}

  void before(std::int64_t first, std::int64_t n, int lane) const override {
    const MatrixVector& v = stream_.in.v;
    v.kernels->make(v, in_[v.matrix], in_[1 - v.matrix], in_[2], first, n, scratch(lane));
  }

  void after(std::int64_t first, std::int64_t n, int lane) const override {
    const MatrixVector& v = stream_.back.v;
    v.kernels->add(v, back_[v.matrix], back_[1 - v.matrix], first, n, scratch(lane) + stream_.sums_offset);
  }

  void end_block(std::int64_t block, int lane) const override {
    const MatrixVector& v = stream_.back.v;
    v.kernels->take(v, scratch(lane) + stream_.sums_offset, part(block));
  }

  void finish(std::int64_t blocks) const {
    const MatrixVector& v = stream_.back.v;
    std::memcpy(back_[2], part(0), stream_.part_bytes);
    for (std::int64_t block = 1; block < blocks; ++block) v.kernels->join(v.rows, back_[2], part(block));
  }

 private:
  std::byte* scratch(int lane) const { return static_cast<std::byte*>(back_[3]) + lane * stream_.lane_bytes; }
  std::byte* part(std::int64_t block) const {
    return static_cast<std::byte*>(back_[3]) + stream_.parts_offset + block * stream_.part_bytes;
  }

  const Stream& stream_;
  void* const* in_;  ///< the pointers of the first product: inputs, output, scratch
  void* const* back_;
};

}  // namespace

void run_stream(const Groups& groups, const Stream& stream, void* const* pointers, const Word* words, int threads) {
  const Group& group = groups.groups[stream.between.group];
  const StreamRun run{stream, pointers};
  run_group(groups, group, pointers + stream.between.pointer, words, threads, &run);
  run.finish((group.count + group.block - 1) / group.block);
}

}  // namespace capstan
