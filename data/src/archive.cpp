#include "archive.hpp"

#include <algorithm>
#include <array>

namespace capstan::data {
namespace {

using namespace std::string_view_literals;

struct Magic {
  std::string_view begin, name;
};

constexpr std::array magics{Magic{"PK\x03\x04"sv, "a zip archive"},
                            Magic{"PK\x05\x06"sv, "a zip archive"},
                            Magic{"PK\x07\x08"sv, "a zip archive"},
                            Magic{"\xFD"
                                  "7zXZ\0"sv,
                                  "compressed by xz"},
                            Magic{"7z\xBC\xAF\x27\x1C"sv, "a 7z archive"},
                            Magic{"Rar!\x1A\x07"sv, "a rar archive"},
                            Magic{"\x28\xB5\x2F\xFD"sv, "compressed by zstd"},
                            Magic{"\x04\x22\x4D\x18"sv, "compressed by lz4"},
                            Magic{"LZIP\x01"sv, "compressed by lzip"},
                            Magic{"\x1F\x9D"sv, "compressed by compress"},
                            Magic{"\x1F\x8B"sv, "compressed by gzip"},
                            Magic{"\x5D\0\0"sv, "compressed by lzma"},
                            Magic{"\xFF\xFE"sv, "text in UTF-16"},
                            Magic{"\xFE\xFF"sv, "text in UTF-16"}};

// "BZh", the size of its blocks, and the digits of pi or of its root (a block, or the end of nothing).
bool is_bzip2(std::string_view begin) noexcept {
  if (!begin.starts_with("BZh") || begin.size() < 10 || begin[3] < '1' || begin[3] > '9') return false;
  const std::string_view block = begin.substr(4);
  return block.starts_with("1AY&SY"sv) || block.starts_with("\x17\x72\x45\x38\x50\x90"sv);
}

// The name of the first member is padded by zeros, so that no text is taken for a tar archive.
bool is_tar(std::string_view begin) noexcept {
  constexpr std::size_t name = 100, magic = 257;
  return begin.size() >= magic + 5 && begin.substr(magic).starts_with("ustar") &&
         begin.substr(0, name + 8).find('\0') != std::string_view::npos;
}

}  // namespace

std::string_view archive_name(std::span<const std::byte> begin) noexcept {
  const std::string_view text{reinterpret_cast<const char*>(begin.data()), begin.size()};
  const auto found = std::ranges::find_if(magics, [&](const Magic& magic) { return text.starts_with(magic.begin); });
  if (found != magics.end()) return found->name;
  if (is_bzip2(text)) return "compressed by bzip2";
  return is_tar(text) ? "a tar archive" : std::string_view{};
}

}  // namespace capstan::data
