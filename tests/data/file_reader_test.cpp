#include "file_reader.hpp"

#include <cstdint>
#include <limits>
#include <string>

#include <capstan/tensor/error.hpp>

#include "catch.hpp"
#include "files.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

namespace {

constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

// Reads everything, so many bytes at a time.
std::string read_all(const std::filesystem::path& path, std::size_t step = 1 << 16, std::uint64_t limit = no_limit) {
  const data::Origin origin{"reader", path, std::source_location::current()};
  data::FileReader reader{origin, limit};
  std::string content;
  for (std::size_t got = step; got == step;) {
    std::string part(step, '\0');
    got = reader.read(std::as_writable_bytes(std::span{part}));
    content += part.substr(0, got);
    CHECK(reader.offset() == content.size());
  }
  return content;
}

// Text that gzip cannot shrink much, and that differs everywhere.
std::string noise(std::size_t size) {
  std::string text;
  std::uint32_t state = 12345;
  while (text.size() < size) {
    state = state * 1664525u + 1013904223u;
    text += static_cast<char>(state >> 24);
  }
  return text;
}

}  // namespace

TEST_CASE("A plain file and its gzip give the same bytes, in steps of any size") {
  const test::Folder folder;
  const std::string content = noise(200'000);
  const auto plain = folder.write("plain", content), compressed = folder.write("compressed", test::gzip(content));
  for (const std::size_t step : {std::size_t{1000}, std::size_t{65536}, std::size_t{300'000}}) {
    CAPTURE(step);
    CHECK(read_all(plain, step) == content);
    CHECK(read_all(compressed, step) == content);
  }
}

TEST_CASE("A gzip file of several members, empty ones among them, is their contents in a row") {
  const test::Folder folder;
  const auto file = folder.write("members", test::gzip("one") + test::gzip("") + test::gzip(noise(100'000)) +
                                                test::gzip("three") + test::gzip(""));
  CHECK(read_all(file) == "one" + noise(100'000) + "three");
  CHECK(read_all(file, 1) == "one" + noise(100'000) + "three");
}

TEST_CASE("Empty files, and gzip of nothing, have no bytes") {
  const test::Folder folder;
  CHECK(read_all(folder.write("plain", "")).empty());
  CHECK(read_all(folder.write("compressed", test::gzip(""))).empty());
  CHECK(read_all(folder.write("one", "\x1F")) == "\x1F");
}

TEST_CASE("A gzip file cut anywhere is refused, with the offset") {
  const test::Folder folder;
  const std::string whole = test::gzip("some text, some text, some more text");
  for (std::size_t size = 2; size < whole.size(); ++size) {
    CAPTURE(size);
    const auto file = folder.write("cut.gz", std::string_view{whole}.substr(0, size));
    CHECK_THROWS_AS(read_all(file), IoError);
    CHECK_THROWS_WITH(read_all(file), ContainsSubstring("reader: the gzip stream is cut short\n  file: \"") &&
                                          ContainsSubstring("cut.gz\", offset " + std::to_string(size) +
                                                            " of its compressed bytes\n  at file_reader_test.cpp:"));
  }
}

TEST_CASE("A gzip file with a byte changed is refused or gives the same text, never another one") {
  const test::Folder folder;
  const std::string text = "some text, some text, some more text", whole = test::gzip(text);
  for (std::size_t i = 2; i < whole.size(); ++i) {
    CAPTURE(i);
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 0x41);
    const auto file = folder.write("changed.gz", changed);
    try {
      const std::string read = read_all(file);  // outside CHECK, which would catch the error itself
      CHECK(read == text);                      // the header has bytes that mean nothing to us
    } catch (const IoError& error) {
      CHECK_THAT(error.what(), ContainsSubstring("the gzip stream is c"));
    }
  }
}

TEST_CASE("Bytes after a gzip stream that begin no other one are refused") {
  const test::Folder folder;
  const std::string whole = test::gzip("text");
  const auto file = folder.write("tail.gz", whole + "tail");
  CHECK_THROWS_AS(read_all(file), IoError);
  CHECK_THROWS_WITH(read_all(file), ContainsSubstring("reader: the gzip stream is corrupt (incorrect header check)"));
}

TEST_CASE("Zeros behind a gzip stream are padding, and nothing may follow them") {
  const test::Folder folder;
  const std::string whole = test::gzip("te") + test::gzip("xt");
  for (const std::size_t zeros : {std::size_t{1}, std::size_t{511}, std::size_t{200'000}}) {
    CAPTURE(zeros);
    const std::string padding(zeros, '\0');
    for (const std::size_t step : {std::size_t{1}, std::size_t{4}, std::size_t{1000}})
      CHECK(read_all(folder.write("padded.gz", whole + padding), step) == "text");
    for (const std::string& tail : {std::string{"x"}, whole}) {
      const auto file = folder.write("tail.gz", whole + padding + tail);
      CHECK_THROWS_AS(read_all(file), IoError);
      CHECK_THROWS_WITH(read_all(file), ContainsSubstring("something follows the zeros behind the gzip stream"));
    }
  }
  CHECK_THROWS_AS(read_all(folder.write("front.gz", whole.substr(0, 10) + std::string(100, '\0'))), IoError);
}

TEST_CASE("An archive is refused by its name, inside of gzip too") {
  const test::Folder folder;
  using namespace std::string_literals;
  const std::string tar = "data.csv"s + std::string(249, '\0') + "ustar\00000"s + std::string(247, '\0');
  for (const auto& [content, name] : {std::pair{"PK\3\4\24\0\0\0"s, "a zip archive"},
                                      {"PK\5\6"s + std::string(18, '\0'), "a zip archive"},
                                      {"BZh91AY&SY\1\2"s, "compressed by bzip2"},
                                      {"BZh9\x17\x72\x45\x38\x50\x90"s, "compressed by bzip2"},
                                      {"\xFD"s + "7zXZ\0\0\4"s, "compressed by xz"},
                                      {tar, "a tar archive"},
                                      {"7z\xBC\xAF\x27\x1C"s, "a 7z archive"},
                                      {"\x28\xB5\x2F\xFD"s, "compressed by zstd"},
                                      {"\xFF\xFE"s + "a\0"s, "text in UTF-16"}}) {
    CAPTURE(name);
    const std::string rest = "; plain files and those that gzip compressed are read, so unpack it first\n  file: \"";
    const auto plain = folder.write("file", content), inside = folder.write("file.gz", test::gzip(content));
    CHECK_THROWS_AS(read_all(plain), IoError);
    CHECK_THROWS_WITH(read_all(plain), ContainsSubstring("reader: the file is "s + name + rest));
    CHECK_THROWS_AS(read_all(inside), IoError);
    CHECK_THROWS_WITH(read_all(inside), ContainsSubstring("reader: what gzip compressed is "s + name + rest));
  }
  CHECK_THROWS_WITH(read_all(folder.write("twice.gz", test::gzip(test::gzip("text")))),
                    ContainsSubstring("what gzip compressed is compressed by gzip"));
}

TEST_CASE("Text that begins like the name of an archive is text") {
  const test::Folder folder;
  for (const std::string text : {"PK,a\n1,2\n", "BZh9,a\n1,2\n", "BZh91AY&SZ", "Rar!,a\n", "7z,a\n"})
    CHECK(read_all(folder.write("text", text)) == text);
  const std::string ustar = std::string(257, 'a') + "ustar,b\n";
  CHECK(read_all(folder.write("text", ustar)) == ustar);
}

TEST_CASE("No more bytes are given out than the limit, plain or expanded") {
  const test::Folder folder;
  const std::string zeros(10'000'000, '\0');
  const auto bomb = folder.write("bomb.gz", test::gzip(zeros)), plain = folder.write("plain", "12345");
  CHECK(std::filesystem::file_size(bomb) < 20'000);
  CHECK_THROWS_AS(read_all(bomb, 1 << 16, 1'000'000), IoError);
  CHECK_THROWS_WITH(read_all(bomb, 1 << 16, 1'000'000),
                    ContainsSubstring("reader: the file holds more than max_bytes = 1000000 bytes\n  file: \""));
  CHECK_THROWS_AS(read_all(plain, 10, 4), IoError);
  CHECK(read_all(plain, 10, 5) == "12345");
  CHECK(read_all(bomb, 1 << 16, zeros.size()) == zeros);
}

TEST_CASE("What remains is known exactly of a plain file, and bounded for gzip") {
  const test::Folder folder;
  const auto plain = folder.write("plain", "12345"),
             compressed = folder.write("gz", test::gzip(std::string(5000, 'x')));
  const data::Origin plain_origin{"reader", plain, {}}, gzip_origin{"reader", compressed, {}};
  data::FileReader reader{plain_origin, no_limit};
  CHECK(reader.remaining() == 5);
  std::string part(3, '\0');
  (void)reader.read(std::as_writable_bytes(std::span{part}));
  CHECK(reader.remaining() == 2);
  CHECK(data::FileReader{plain_origin, 4}.remaining() == 4);
  const std::uint64_t most = data::FileReader{gzip_origin, no_limit}.remaining();
  CHECK(most >= 5000);
  CHECK(most == std::filesystem::file_size(compressed) * 1032);
}

TEST_CASE("A file that is not there or is a folder is refused with the reason") {
  const test::Folder folder;
  CHECK_THROWS_AS(read_all(folder.path() / "nothing"), IoError);
  CHECK_THROWS_WITH(read_all(folder.path() / "nothing"),
                    ContainsSubstring("reader: the file cannot be opened: No such file or directory\n  file: \"") &&
                        ContainsSubstring("nothing\"\n  at file_reader_test.cpp:"));
  CHECK_THROWS_AS(read_all(folder.path()), IoError);
  CHECK_THROWS_WITH(read_all(folder.path()), ContainsSubstring("reader: the file cannot be read: Is a directory"));
}

TEST_CASE("Excerpts are cut between characters, and show no control characters") {
  CHECK(data::excerpt("abc") == "\"abc\"");
  CHECK(data::excerpt("a\nb\x7F") == "\"a?b?\"");
  CHECK(data::excerpt(std::string(40, 'x')) == "\"" + std::string(40, 'x') + "\"");
  CHECK(data::excerpt(std::string(41, 'x')) == "\"" + std::string(40, 'x') + "…\"");
  CHECK(data::excerpt(std::string(39, 'x') + "äb") == "\"" + std::string(39, 'x') + "…\"");
  CHECK(data::excerpt(std::string(100, '\x80')) == "\"…\"");
}
