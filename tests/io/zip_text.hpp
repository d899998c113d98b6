// Zip archives made by hand, honest or not.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace test {

struct ZipEntry {
  std::string name;
  std::string content;
  bool deflate = false;
  // What the archive says where that is not the truth.
  std::optional<std::uint32_t> crc = {};
  std::optional<std::uint64_t> size = {}, packed = {};
  std::optional<std::uint16_t> method = {};
  std::uint16_t flags = 0;
  bool zip64 = false;                        ///< sizes in 8 bytes each before the entry, as NumPy writes them
  std::optional<std::uint32_t> offset = {};  ///< of its header in the archive
};

inline std::string little(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xFFU);
  return text;
}

inline std::string deflated(const std::string& content) {
  z_stream z{};
  deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&z, content.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  z.avail_in = static_cast<uInt>(content.size());
  z.next_out = reinterpret_cast<Bytef*>(packed.data());
  z.avail_out = static_cast<uInt>(packed.size());
  deflate(&z, Z_FINISH);
  packed.resize(packed.size() - z.avail_out);
  deflateEnd(&z);
  return packed;
}

inline std::string zip(const std::vector<ZipEntry>& entries, std::optional<std::uint16_t> count = {}) {
  std::string archive, list;
  for (const ZipEntry& e : entries) {
    const std::string data = e.deflate ? deflated(e.content) : e.content;
    const auto crc = e.crc.value_or(static_cast<std::uint32_t>(
        crc32(0, reinterpret_cast<const Bytef*>(e.content.data()), static_cast<uInt>(e.content.size()))));
    const std::uint64_t size = e.size.value_or(e.content.size()), packed = e.packed.value_or(data.size());
    const std::string extra = e.zip64 ? little(1, 2) + little(16, 2) + little(size, 8) + little(packed, 8) : "";
    const std::uint32_t offset = e.offset.value_or(static_cast<std::uint32_t>(archive.size()));
    const std::string common = little(e.zip64 ? 45 : 20, 2) + little(e.flags, 2) +
                               little(e.method.value_or(e.deflate ? 8 : 0), 2) + little(1U << 21U | 1U << 16U, 4) +
                               little(crc, 4);
    const std::string sizes = little(packed, 4) + little(size, 4) + little(e.name.size(), 2);
    const std::string absent = little(UINT64_MAX, 8) + little(e.name.size(), 2);
    archive += "PK\x03\x04" + common + (e.zip64 ? absent : sizes) + little(extra.size(), 2) + e.name + extra + data;
    list += "PK\x01\x02" + little(45, 2) + common + sizes + little(0, 2) + little(0, 2) + little(0, 2) + little(0, 2) +
            little(0, 4) + little(offset, 4) + e.name;
  }
  const std::uint16_t number = count.value_or(static_cast<std::uint16_t>(entries.size()));
  const std::size_t start = archive.size();
  return archive + list + "PK\x05\x06" + little(0, 4) + little(number, 2) + little(number, 2) + little(list.size(), 4) +
         little(start, 4) + little(0, 2);
}

}  // namespace test
