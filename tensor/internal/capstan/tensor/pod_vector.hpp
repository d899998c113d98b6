// PodVector: a growing array of plain values, large ones in huge pages.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>

#include <capstan/tensor/huge_pages.hpp>

namespace capstan {

template <class T>
class PodVector {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  PodVector() = default;
  PodVector(PodVector&& other) noexcept
      : data_{std::exchange(other.data_, nullptr)},
        size_{std::exchange(other.size_, 0)},
        capacity_{std::exchange(other.capacity_, 0)} {}
  PodVector& operator=(PodVector&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~PodVector() { free_pages(static_cast<void*>(data_), capacity_ * sizeof(T)); }

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  T* data() noexcept { return data_; }
  const T* data() const noexcept { return data_; }
  T& operator[](std::size_t i) noexcept { return data_[i]; }
  const T& operator[](std::size_t i) const noexcept { return data_[i]; }
  T* begin() noexcept { return data_; }
  T* end() noexcept { return data_ + size_; }
  const T* begin() const noexcept { return data_; }
  const T* end() const noexcept { return data_ + size_; }

  void push_back(T value) {
    if (size_ == capacity_) grow(size_ + 1);
    data_[size_++] = value;
  }
  /// Makes room for these values, which may be elements of this array, and returns their address afterwards.
  std::span<const T> make_room(std::span<const T> values) {
    const bool own = values.data() >= data_ && values.data() < data_ + size_;
    const std::size_t first = own ? static_cast<std::size_t>(values.data() - data_) : 0;
    if (size_ + values.size() > capacity_) grow(size_ + values.size());
    return own ? std::span<const T>{data_ + first, values.size()} : values;
  }
  /// Appends values, which may be elements of this array.
  void append(std::span<const T> values) { put(make_room(values)); }
  /// Appends values that there is room for.
  void put(std::span<const T> values) noexcept {
    for (const T& value : values) data_[size_++] = value;
  }
  void assign(std::size_t count, T value) {
    resize(count);
    for (T& element : *this) element = value;
  }
  void reserve(std::size_t count) {
    if (count > capacity_) grow(count);
  }
  /// Changes the size. New elements are not initialised.
  void resize(std::size_t count) {
    if (count > capacity_) grow(count);
    size_ = count;
  }
  void clear() noexcept { size_ = 0; }

 private:
  void grow(std::size_t least) {
    std::size_t capacity = capacity_ < 16 ? 16 : capacity_ + capacity_ / 2;
    if (capacity < least) capacity = least;
    // An array that will need huge pages begins in one: copied from small pages later, it would have touched all of
    // those.
    if (capacity * sizeof(T) >= huge_page / 4) capacity = std::max(capacity, huge_page / sizeof(T) + 1);
    T* const data = static_cast<T*>(allocate_pages(capacity * sizeof(T)));
    if (size_ > 0) std::memcpy(static_cast<void*>(data), static_cast<const void*>(data_), size_ * sizeof(T));
    free_pages(static_cast<void*>(data_), capacity_ * sizeof(T));
    data_ = data;
    capacity_ = capacity;
  }

  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace capstan
