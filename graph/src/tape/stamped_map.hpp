// StampedMap: a small open-addressing hash map that is emptied in constant time, by raising the stamp that its entries
// must carry.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace capstan {

template <class Key, class Value>
class StampedMap {
 public:
  StampedMap() : slots_(16), mask_{slots_.size() - 1} {}

  void clear() noexcept {
    size_ = 0;
    if (++stamp_ == 0) {  // wrapped: old stamps could come true again
      for (Slot& slot : slots_) slot.stamp = 0;
      stamp_ = 1;
    }
  }

  const Value* find(Key key) const noexcept {
    if (size_ == 0) return nullptr;
    for (std::size_t i = home(key);; i = (i + 1) & mask_) {
      if (slots_[i].stamp != stamp_) return nullptr;
      if (slots_[i].key == key) return &slots_[i].value;
    }
  }

  /// Makes room for `count` further keys, so that inserting them allocates nothing.
  void reserve(std::size_t count) {
    if (2 * (size_ + count) > mask_) grow(2 * (size_ + count));
  }

  void insert(Key key, Value value) {
    reserve(1);
    size_ += place(key, value);
  }

 private:
  struct Slot {
    Key key{};
    std::uint32_t stamp = 0;
    Value value{};
  };

  std::size_t home(Key key) const noexcept {
    const auto bits = static_cast<std::uint64_t>(reinterpret_bits(key)) * 0x9E3779B97F4A7C15u;
    return (bits >> 32) & mask_;
  }
  static std::uint64_t reinterpret_bits(std::uint32_t key) noexcept { return key; }
  static std::uint64_t reinterpret_bits(const void* key) noexcept { return reinterpret_cast<std::uintptr_t>(key); }

  std::size_t place(Key key, Value value) noexcept {
    std::size_t i = home(key);
    while (slots_[i].stamp == stamp_ && slots_[i].key != key) i = (i + 1) & mask_;
    const std::size_t added = slots_[i].stamp == stamp_ ? 0 : 1;
    slots_[i] = {key, stamp_, value};
    return added;
  }

  void grow(std::size_t more_than) {
    std::vector<Slot> old(std::bit_ceil(more_than + 2));
    old.swap(slots_);
    mask_ = slots_.size() - 1;
    for (const Slot& slot : old) {
      if (slot.stamp == stamp_) place(slot.key, slot.value);
    }
  }

  std::vector<Slot> slots_;  // their number is a power of two
  std::size_t mask_;
  std::size_t size_ = 0;
  std::uint32_t stamp_ = 1;
};

}  // namespace capstan
