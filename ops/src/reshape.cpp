#include <fmt/format.h>
#include <fmt/ranges.h>

#include <capstan/graph/op.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>

#include "extents.hpp"

namespace capstan {

namespace {

/// A view with another shape. The words of a node are the extents as the user wrote them.
class Reshape final : public OpOf<View> {
 public:
  std::string_view name() const noexcept override { return "reshape"; }

  ArrayType infer(const Signature& s) const override {
    Strides extents;
    std::size_t left_over = max_rank;
    for (const Word word : s.words()) {
      const auto extent = static_cast<std::int64_t>(word);
      if (extent < -1) refuse(s, fmt::format("an extent must not be negative, got {}", extent));
      if (extent == -1 && left_over != max_rank) refuse(s, "at most one extent may be -1");
      if (extent == -1) left_over = extents.size();
      extents.push_back(extent == -1 ? 1 : extent);
    }
    const std::int64_t wanted = s.shape(0).elements(), given = product(s, extents);
    if (left_over != max_rank) {
      if (given == 0 || wanted % given != 0) {
        refuse(s, fmt::format("the extent -1 cannot be inferred: x has {} elements, the other extents multiply to {}",
                              wanted, given));
      }
      extents[left_over] = wanted / given;
    } else if (given != wanted) {
      refuse(s, fmt::format("shape ({}) has {} elements, x has {}", fmt::join(extents, ", "), given, wanted));
    }
    return {s.dtype(0), Shape(extents)};
  }

  View made(const Types&, std::span<const Word>) const override { return {&reshaped}; }

  void gradient(const Rule& rule, std::span<Var> dx) const override { dx[0] = reshape(rule.dy(), rule.x().shape()); }

  void describe(Description& d, std::span<const Word> words) const override { d.add("shape", words); }

 private:
  static std::optional<Layout> reshaped(const Layout& x, const Shape& y, std::span<const Word>) {
    Layout lies{x.offset, y, {}};
    if (!reshape_strides(x.shape, x.strides, y, lies.strides)) return std::nullopt;
    return lies;
  }

  [[noreturn]] static void refuse(const Signature& s, std::string_view rule) {
    throw ShapeError{s.message(rule, {"x"})};
  }

  static std::int64_t product(const Signature& s, const Strides& extents) {
    std::int64_t all = 1;
    for (const std::int64_t extent : extents) {
      if (extent > 0 && __builtin_mul_overflow(all, extent, &all)) {
        refuse(s, fmt::format("the product of ({}) does not fit 63 bits", fmt::join(extents, ", ")));
      }
    }
    for (const std::int64_t extent : extents) {
      if (extent == 0) return 0;
    }
    return all;
  }
};

constexpr Reshape reshape_op;

}  // namespace

Var reshape(const Operand& x, const Extents& shape, std::source_location where) {
  return record(reshape_op, {&x}, words_of(shape), where);
}

}  // namespace capstan
