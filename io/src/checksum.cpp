#include "checksum.hpp"

#include <charconv>

#include <fmt/format.h>

#include <capstan/io/digest.hpp>

#define XXH_INLINE_ALL  // so that a program needs no further library
#include <xxhash.h>

namespace capstan::io {

struct Checksum::State {
  XXH3_state_t xxh3;
};

std::uint64_t checksum(std::span<const std::byte> bytes) noexcept { return XXH3_64bits(bytes.data(), bytes.size()); }

Checksum::Checksum() : state_{std::make_unique<State>()} { XXH3_64bits_reset(&state_->xxh3); }
Checksum::~Checksum() = default;

void Checksum::add(std::span<const std::byte> bytes) noexcept {
  if (!bytes.empty()) XXH3_64bits_update(&state_->xxh3, bytes.data(), bytes.size());
}

std::uint64_t Checksum::value() const noexcept { return XXH3_64bits_digest(&state_->xxh3); }

std::string digest(const Tensor& tensor) {
  const auto bytes = static_cast<std::size_t>(tensor.elements()) * size_of(tensor.dtype());
  return digits_of(checksum({static_cast<const std::byte*>(tensor.raw()), bytes}));
}

std::string digits_of(std::uint64_t checksum) { return fmt::format("{:016x}", checksum); }

std::optional<std::uint64_t> checksum_of_digits(std::string_view digits) noexcept {
  std::uint64_t value = 0;
  if (digits.size() != 16) return std::nullopt;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  if (digits_of(value) != digits) return std::nullopt;  // another way to write it is damage
  return value;
}

}  // namespace capstan::io
