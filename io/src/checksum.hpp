// Checksum: XXH3, 64 bits, by xxHash: as quick as memory, so that a file can always be checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace capstan::io {

std::uint64_t checksum(std::span<const std::byte> bytes) noexcept;

/// The same of bytes that come in pieces.
class Checksum {
 public:
  Checksum();
  ~Checksum();

  void add(std::span<const std::byte> bytes) noexcept;
  void add(std::string_view text) noexcept { add(std::as_bytes(std::span{text})); }
  std::uint64_t value() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// 16 digits of base 16.
std::string digits_of(std::uint64_t checksum);
std::optional<std::uint64_t> checksum_of_digits(std::string_view digits) noexcept;

}  // namespace capstan::io
