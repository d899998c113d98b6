#include "world.hpp"

#include <array>
#include <string>

#include <capstan/tensor/rng.hpp>

namespace lives {

using namespace capstan;

namespace {

struct Extents {
  std::int64_t rows;
  std::int64_t columns;
};

Extents extents(Size size) {
  return size == Size::small ? Extents{3, 4} : size == Size::large ? Extents{40, 33} : Extents{150, 140};
}

Shape shape_of(std::uint32_t way, Size size) {
  const auto [rows, columns] = extents(size);
  const std::array shapes{Shape{rows, columns},
                          Shape{columns, rows},
                          Shape{rows, 1},
                          Shape{columns},
                          Shape{1, columns},
                          Shape{},
                          Shape{1},
                          Shape{2, rows, columns}};
  return shapes[way % shapes.size()];
}

Tensor drawn(const Shape& shape, std::uint64_t seed, DType dtype) {
  Rng rng{seed};
  return Tensor::uniform(shape, rng, {.low = -1.0, .dtype = dtype});
}

/// Keeps the layout: sums depend on it.
Tensor copy_of(const Tensor& x) { return x.is_contiguous() ? x.copy() : x.transpose().copy().transpose(); }

template <class T>
Tensor descended(const Tensor& value, const Tensor& gradient) {
  Tensor result = value.copy();
  const std::span<T> p = result.mutable_data<T>();
  const std::span<const T> dp = gradient.data<T>();
  for (std::size_t i = 0; i < p.size(); ++i) p[i] -= static_cast<T>(0.125) * dp[i];
  return result;
}

}  // namespace

bool is_on(const Tape& tape, const Parameter& p) {
  for (std::uint32_t id = 0; id < tape.size(); ++id) {
    const NodeView node = tape.node(id);
    if (node.op() == "parameter" && node.name() == p.name()) return true;
  }
  return false;
}

World::World(const Life& life) : dtype_{life.dtype}, size_{life.size} {
  std::uint32_t seed = 0;
  for (const std::uint32_t way : {0u, 2u, 1u, 5u}) {
    written_.push_back(drawn(shape_of(way, size_), ++seed, dtype_));
    parameters_.emplace_back("p" + std::to_string(parameters_.size()), written_.back());
  }
  for (const std::uint32_t way : {0u, 4u, 1u}) tensors_.push_back(drawn(shape_of(way, size_), ++seed, dtype_));
  labels_ = Tensor::zeros(Shape{extents(size_).columns}, DType::i32);
  for (std::int64_t i = 0; i < labels_.elements(); ++i) labels_.set({i}, static_cast<double>(i % 3));
  other_ = drawn(Shape{3}, ++seed, dtype_ == DType::f64 ? DType::f32 : DType::f64);
}

World World::copy() const {
  World made = *this;
  made.in_place_ = false;
  made.written_ = values();
  made.written_.resize(parameters_.size());
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    made.written_[i] = made.written_[i].copy();
    made.parameters_[i] = parameters_[i].clone();
  }
  for (Tensor& tensor : made.tensors_) tensor = copy_of(tensor);
  return made;
}

void World::assign(std::size_t i, const Tensor& value, const Tape& tape) {
  if (in_place_) {
    parameters_[i].assign(value);
    return;
  }
  written_[i] = value;
  if (!is_on(tape, parameters_[i])) parameters_[i] = Parameter{parameters_[i].name(), value};
}

void World::write_parameter(std::size_t i, double number, const Tape& tape) {
  i %= parameters_.size();
  Tensor value = values()[i].copy();
  const std::vector<std::int64_t> first(value.rank(), 0);
  value.set(first, number);
  assign(i, value, tape);
}

void World::update(const Gradients& gradients, const Tape& tape) {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor* const gradient = gradients.find(parameters_[i]);
    if (gradient == nullptr) continue;
    const Tensor value = values()[i];
    assign(i, dtype_ == DType::f64 ? descended<double>(value, *gradient) : descended<float>(value, *gradient), tape);
  }
}

void World::write_tensor(std::size_t i, double number) {
  Tensor& tensor = tensors_[i % tensors_.size()];
  if (!in_place_) tensor = copy_of(tensor);
  const std::vector<std::int64_t> first(tensor.rank(), 0);
  tensor.set(first, number);
}

void World::new_tensor(std::size_t i, std::uint32_t way) {
  Tensor& tensor = tensors_[i % tensors_.size()];
  tensor = drawn(shape_of(way, size_), way, dtype_);
  if (way % 5 == 0) tensor = tensor.transpose();
}

std::vector<Tensor> World::values() const {
  std::vector<Tensor> now;
  for (std::size_t i = 0; i < parameters_.size(); ++i) now.push_back(in_place_ ? parameters_[i].value() : written_[i]);
  now.insert(now.end(), tensors_.begin(), tensors_.end());
  return now;
}

}  // namespace lives
