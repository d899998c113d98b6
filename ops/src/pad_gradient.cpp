#include <algorithm>
#include <array>

#include <capstan/tensor/cut_work.hpp>
#include <capstan/tensor/threads.hpp>
#include <capstan/tensor/visit_dtype.hpp>

#include "pad.hpp"

namespace capstan {

namespace {

/// Where a position of x stands along a padded axis, in ascending order: a run, or up to three single positions.
struct Copies {
  std::array<std::int64_t, 3> at{};
  std::int64_t count = 0;
  bool is_run = false;

  std::int64_t operator[](std::int64_t i) const noexcept {
    return is_run ? at[0] + i : at[static_cast<std::size_t>(i)];
  }
};

Copies copies_of(PadMode mode, std::int64_t position, const PadAxis& border, std::int64_t extent) {
  const auto [before, after] = border;
  if (mode == PadMode::edge) {
    const std::int64_t first = position == 0 ? 0 : before + position;
    const std::int64_t last = before + position + (position + 1 == extent ? after : 0);
    return {{first}, last - first + 1, true};
  }
  Copies copies;
  const auto add = [&](std::int64_t at) { copies.at[static_cast<std::size_t>(copies.count++)] = at; };
  if (position >= 1 && position <= before) add(before - position);
  add(before + position);
  if (position <= extent - 2 && position >= extent - 1 - after) add(before + 2 * (extent - 1) - position);
  return copies;
}

/// One row of dx: the elements along its last axis, each the sum over its copies in dy.
template <class T>
class UnpaddedRow {
 public:
  UnpaddedRow(const PadBorder& border, const Shape& x, std::int64_t row) : border_{border}, x_{x} {
    for (std::size_t i = x.rank() - 1; i-- > 0; row /= x[i])
      copies_[i] = copies_of(border.mode(), row % x[i], border[i], x[i]);
  }

  void add_up(const Shape& dy, const T* from, T* to) {
    std::fill_n(to, x_[-1], T{0});
    do {
      std::int64_t row = 0;
      for (std::size_t i = 0; i + 1 < x_.rank(); ++i) row = row * dy[i] + copies_[i][chosen_[i]];
      add(from + row * dy[-1], dy[-1], to);
    } while (next());
  }

 private:
  bool next() noexcept {
    for (std::size_t i = x_.rank() - 1; i-- > 0; chosen_[i] = 0) {
      if (++chosen_[i] < copies_[i].count) return true;
    }
    return false;
  }

  void add(const T* from, std::int64_t columns, T* to) const {
    const std::int64_t before = border_[x_.rank() - 1].before, extent = x_[-1];
    const auto at_border = [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) to[padded_from(border_.mode(), i, before, extent)] += from[i];
    };
    at_border(0, before);
    for (std::int64_t i = 0; i < extent; ++i) to[i] += from[before + i];
    at_border(before + extent, columns);
  }

  const PadBorder& border_;
  const Shape& x_;
  std::array<Copies, max_rank> copies_{};
  std::array<std::int64_t, max_rank> chosen_{};
};

/// The gradient of a pad by reflection or edge, with the words of that.
class PadGradient final : public CallOp {
 public:
  std::string_view name() const noexcept override { return "pad_gradient"; }
  void describe(Description& d, std::span<const Word> words) const override { describe_pad(d, words); }

  ArrayType infer(const Signature& s) const override {
    const PadBorder border{s.words()};
    Strides extents;
    for (std::size_t i = 0; i < border.rank(); ++i)
      extents.push_back(s.shape(0)[i] - border[i].before - border[i].after);
    return {s.dtype(0), Shape(extents)};
  }

  void run(const CallArguments& call) const override {
    const Shape &x = call.output.shape, &dy = call.inputs[0].shape;
    if (x.elements() == 0) return;
    const PadBorder border{call.words};
    visit_floating(call.output.dtype, [&]<class T>(T) {
      const T* const from = call.inputs[0].as<T>();
      T* const to = call.output.as<T>();
      if (x.rank() == 0) {
        *to = *from;
        return;
      }
      const std::int64_t columns = x[-1], rows = x.elements() / columns;
      const double elements = static_cast<double>(dy.elements());
      const std::int64_t parts = std::min(rows, count_parts(work::element * elements, call.threads));
      parallel_for(parts, call.threads, [&](std::int64_t part, int) {
        const auto [begin, end] = range_of(rows, part, parts);
        for (std::int64_t row = begin; row < end; ++row)
          UnpaddedRow<T>{border, x, row}.add_up(dy, from, to + row * columns);
      });
    });
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    dx[0] = record_pad(rule.dy(), rule.words(), rule.where());
  }
};

constexpr PadGradient pad_gradient;

}  // namespace

const Op& pad_gradient_op() noexcept { return pad_gradient; }

}  // namespace capstan
