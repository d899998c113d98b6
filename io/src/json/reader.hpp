// JsonReader: reads JSON as it comes, by nlohmann-json. No tree is made of the text, so that neither depth nor size can
// take more memory than what a reader keeps of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <capstan/data/origin.hpp>
#include <capstan/io/json.hpp>

namespace capstan::io {

/// Derive from it and override what the text may hold; everything else ends the reading. An answer of false ends it too.
class JsonReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("a truth value"); }
  bool number_integer(number_integer_t) override { return unexpected("a negative number"); }
  bool number_unsigned(number_unsigned_t) override { return unexpected("a number"); }
  bool number_float(number_float_t, const string_t&) override { return unexpected("a number with a fraction"); }
  bool string(string_t&) override { return unexpected("a text"); }
  bool binary(binary_t&) override { return unexpected("binary"); }
  bool start_object(std::size_t) override { return unexpected("an object"); }
  bool start_array(std::size_t) override { return unexpected("a list"); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception& error) override {
    const std::string_view text = error.what();
    const auto start = text.find("] ");
    position_ = position;
    return fail(fmt::format("this is no JSON: {}", shortened(start == text.npos ? text : text.substr(start + 2))));
  }

  /// Reads the text, which stands in the file behind `offset` bytes. IoError for what it must not hold.
  void read(std::string_view text, const data::Origin& origin, std::size_t offset = 0) {
    // nlohmann-json takes a NUL byte for the end of the text.
    if (const auto end = text.find('\0'); end != text.npos) {
      origin.refuse("this is no JSON: it holds a NUL byte", fmt::format("offset {}", offset + end));
    }
    if (nlohmann::json::sax_parse(text.begin(), text.end(), this)) return;
    origin.refuse(fault_, position_ == 0 ? std::string{} : fmt::format("offset {}", offset + position_ - 1));
  }

 protected:
  /// Says what is not expected where the reading stands.
  virtual bool unexpected(std::string_view what) = 0;
  bool fail(std::string fault) {
    fault_ = std::move(fault);
    return false;
  }

 private:
  std::string fault_;
  std::size_t position_ = 0;
};

}  // namespace capstan::io
