#include <capstan/graph/rows.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include <fmt/format.h>

#include <capstan/graph/extents.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/tensor/visit_dtype.hpp>

namespace capstan {

namespace {

/// The shape of so many rows of the table.
Shape rows_of(const Shape& table, std::int64_t count) {
  Strides extents(table.begin(), table.end());
  extents[0] = count;
  return Shape(extents);
}

/// Checks indices, which are the second operand.
void check_indices(const Signature& s, std::initializer_list<std::string_view> labels) {
  if (s.dtype(1) != DType::i32)
    throw DTypeError{s.message(fmt::format("indices must be i32, got {}", s.dtype(1)), labels)};
  if (s.shape(1).rank() != 1)
    throw ShapeError{s.message(fmt::format("indices must have one axis, got {}", s.shape(1)), labels)};
}

/// Calls use(i, index) for each index. IndexError for one outside the table.
template <class Use>
void for_indices(std::string_view op, const CallArguments& c, std::int64_t count, const Use& use) {
  const auto* const indices = c.inputs[1].as<std::int32_t>();
  for (std::int64_t i = 0; i < c.inputs[1].shape[0]; ++i) {
    if (indices[i] < 0 || indices[i] >= count) {
      throw IndexError{fmt::format("{}: index {} at position {} is out of range for {} rows\n  at {}", op, indices[i],
                                   i, count, place(c.where))};
    }
    use(i, static_cast<std::int64_t>(indices[i]));
  }
}

class GatherRows final : public CallOp {
 public:
  std::string_view name() const noexcept override { return "gather_rows"; }

  ArrayType infer(const Signature& s) const override {
    check_indices(s, {"table", "indices"});
    const Shape& table = s.shape(0);
    if (table.rank() == 0) throw ShapeError{s.message("a number has no rows", {"table", "indices"})};
    return {s.dtype(0), rows_of(table, s.shape(1)[0])};
  }

  void run(const CallArguments& c) const override {
    const Array &table = c.inputs[0], &rows = c.output;
    const std::int64_t count = table.shape[0];
    const std::size_t bytes =
        count == 0 ? 0 : static_cast<std::size_t>(table.shape.elements() / count) * size_of(table.dtype);
    for_indices(name(), c, count, [&](std::int64_t i, std::int64_t index) {
      if (bytes == 0) return;
      std::memcpy(static_cast<std::byte*>(rows.data) + static_cast<std::size_t>(i) * bytes,
                  static_cast<const std::byte*>(table.data) + static_cast<std::size_t>(index) * bytes, bytes);
    });
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    dx[0] = record_scatter_rows(rule.dy(), rule.input(1), rule.input(0).shape(), rule.where());
  }
};

/// Its words are the extents of the table.
class ScatterRows final : public CallOp {
 public:
  std::string_view name() const noexcept override { return "scatter_rows"; }

  ArrayType infer(const Signature& s) const override {
    check_indices(s, {"rows", "indices"});
    const Shape table = shape_of(s.words());
    if (!is_floating(s.dtype(0)))
      throw DTypeError{s.message(fmt::format("rows must be f32 or f64, got {}", s.dtype(0)), {"rows", "indices"})};
    if (table.rank() == 0 || s.shape(0) != rows_of(table, s.shape(1)[0])) {
      throw ShapeError{
          s.message(fmt::format("there must be one row of a table {} for each index, got {}", table, s.shape(0)),
                    {"rows", "indices"})};
    }
    return {s.dtype(0), table};
  }

  void run(const CallArguments& c) const override {
    const std::int64_t count = c.output.shape[0];
    const std::int64_t width = count == 0 ? 0 : c.output.shape.elements() / count;
    visit_floating(c.output.dtype, [&]<class T>(T) {
      T* const table = c.output.as<T>();
      std::fill_n(table, count * width, T{});
      for_indices(name(), c, count, [&](std::int64_t i, std::int64_t index) {
        const T* const row = c.inputs[0].as<T>() + i * width;
        for (std::int64_t k = 0; k < width; ++k) table[index * width + k] += row[k];
      });
    });
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    dx[0] = record_gather_rows(rule.dy(), rule.input(1), rule.where());
  }

  void describe(Description& d, std::span<const Word> words) const override { d.add("shape", words); }
};

constexpr GatherRows gather_rows_op;
constexpr ScatterRows scatter_rows_op;

}  // namespace

const Op& scatter_rows() noexcept { return scatter_rows_op; }

Var record_gather_rows(const Operand& table, const Operand& indices, std::source_location where) {
  return record(gather_rows_op, {&table, &indices}, {}, where);
}

Var record_scatter_rows(const Operand& rows, const Operand& indices, const Shape& table, std::source_location where) {
  return record(scatter_rows_op, {&rows, &indices}, words_of(table), where);
}

}  // namespace capstan
