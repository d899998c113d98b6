#include "plan/stream.hpp"

#include <cstring>

namespace capstan {

namespace {

class StreamRun final : public AroundStrips {
 public:
  StreamRun(const Stream& stream, void* const* pointers)
      : AroundStrips{stream.strip},
        stream_{stream},
        first_{pointers + stream.parts[0].first_pointer},
        second_{pointers + stream.parts[2].first_pointer} {}

  void before(std::int64_t first, std::int64_t n, int worker) const override {
    const MatrixVector& v = stream_.first;
    v.kernels->make(v, first_[v.matrix], first_[1 - v.matrix], first_[2], first, n, scratch(worker));
  }

  void after(std::int64_t first, std::int64_t n, int worker) const override {
    const MatrixVector& v = stream_.second;
    v.kernels->add(v, second_[v.matrix], second_[1 - v.matrix], first, n, scratch(worker) + stream_.sums_offset);
  }

  void end_part(std::int64_t part, int worker) const override {
    const MatrixVector& v = stream_.second;
    v.kernels->take(v, scratch(worker) + stream_.sums_offset, sum_of(part));
  }

  void finish(std::int64_t parts) const {
    const MatrixVector& v = stream_.second;
    std::memcpy(second_[2], sum_of(0), stream_.part_bytes);
    for (std::int64_t part = 1; part < parts; ++part) v.kernels->join(v.rows, second_[2], sum_of(part));
  }

 private:
  std::byte* scratch(int worker) const { return static_cast<std::byte*>(second_[3]) + worker * stream_.worker_bytes; }
  std::byte* sum_of(std::int64_t part) const {
    return static_cast<std::byte*>(second_[3]) + stream_.parts_offset + part * stream_.part_bytes;
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
  run.finish((group.count + group.part_elements - 1) / group.part_elements);
}

}  // namespace capstan
