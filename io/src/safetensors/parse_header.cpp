// The JSON of a header.
#include <cstdint>
#include <set>

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>

#include "json/reader.hpp"
#include "safetensors/header.hpp"

namespace capstan::io {

namespace {

class HeaderReader final : public JsonReader {
 public:
  HeaderReader(Header& header, const data::Origin& origin) : header_{header}, origin_{origin} {}

  bool number_unsigned(number_unsigned_t value) override;
  bool string(string_t& text) override;
  bool start_object(std::size_t) override;
  bool key(string_t& text) override;
  bool end_object() override;
  bool start_array(std::size_t) override;
  bool end_array() override;

 private:
  enum class In : std::uint8_t { nothing, header, metadata, entry, shape, offsets, end };

  bool unexpected(std::string_view what) override;
  bool set_type(const std::string& text);
  bool finish_entry();

  Header& header_;
  const data::Origin& origin_;
  In in_ = In::nothing;
  std::string key_;  // of a metadata text, or of a field of an entry
  Entry entry_;      // that is being read
  bool has_type_ = false, has_metadata_ = false;
  std::optional<std::vector<std::int64_t>> shape_;
  std::optional<std::vector<std::uint64_t>> offsets_;
};

bool HeaderReader::unexpected(std::string_view what) {
  if (in_ == In::entry || in_ == In::shape || in_ == In::offsets) {
    return fail(
        fmt::format("tensor {}: {} has {}, which it must not", data::excerpt(entry_.name), data::excerpt(key_), what));
  }
  if (in_ == In::metadata)
    return fail(fmt::format("__metadata__: {} must be text, and is {}", data::excerpt(key_), what));
  return fail(fmt::format("the header must hold an object for each tensor, and holds {}", what));
}

bool HeaderReader::start_object(std::size_t) {
  if (in_ == In::nothing) {
    in_ = In::header;
    return true;
  }
  if (in_ != In::header) return unexpected("an object");
  in_ = entry_.name == "__metadata__" ? In::metadata : In::entry;
  key_ = entry_.name;
  return true;
}

bool HeaderReader::key(string_t& text) {
  if (in_ == In::header) {
    entry_ = {};
    entry_.name = std::move(text);
    has_type_ = false;
    shape_.reset();
    offsets_.reset();
    if (entry_.name != "__metadata__") return true;
    if (has_metadata_) return fail("__metadata__ stands in the header twice");
    has_metadata_ = true;
    return true;
  }
  key_ = std::move(text);
  if (in_ == In::metadata) {
    if (header_.metadata.contains(key_)) return fail(fmt::format("__metadata__ holds {} twice", data::excerpt(key_)));
    return true;
  }
  const bool known = key_ == "dtype" || key_ == "shape" || key_ == "data_offsets";
  if (!known)
    return fail(fmt::format("tensor {} has {}, which the format does not know", data::excerpt(entry_.name),
                            data::excerpt(key_)));
  const bool twice = key_ == "dtype" ? has_type_ : key_ == "shape" ? shape_.has_value() : offsets_.has_value();
  return !twice || fail(fmt::format("tensor {} has {} twice", data::excerpt(entry_.name), key_));
}

bool HeaderReader::string(string_t& text) {
  if (in_ == In::metadata) {
    header_.metadata.emplace(key_, std::move(text));
    return true;
  }
  if (in_ == In::entry && key_ == "dtype") return set_type(text);
  return unexpected("a text");
}

bool HeaderReader::set_type(const std::string& text) {
  const std::optional<Stored> type = find_safetensors_type(text);
  if (!type)
    return fail(
        fmt::format("tensor {} has dtype {}, which is not read here", data::excerpt(entry_.name), data::excerpt(text)));
  entry_.type = *type;
  has_type_ = true;
  return true;
}

bool HeaderReader::start_array(std::size_t) {
  if (in_ != In::entry || key_ == "dtype") return unexpected("a list");
  if (key_ == "shape") shape_.emplace();
  if (key_ == "data_offsets") offsets_.emplace();
  in_ = key_ == "shape" ? In::shape : In::offsets;
  return true;
}

bool HeaderReader::number_unsigned(number_unsigned_t value) {
  if (in_ == In::shape) {
    if (value > INT64_MAX)
      return fail(fmt::format("tensor {}: 63 bits do not hold extent {}", data::excerpt(entry_.name), value));
    if (shape_->size() == max_rank)
      return fail(fmt::format("tensor {} has more than {} axes", data::excerpt(entry_.name), max_rank));
    shape_->push_back(static_cast<std::int64_t>(value));
    return true;
  }
  if (in_ != In::offsets) return unexpected("a number");
  if (offsets_->size() == 2)
    return fail(fmt::format("tensor {} has more than two offsets", data::excerpt(entry_.name)));
  offsets_->push_back(value);
  return true;
}

bool HeaderReader::end_array() {
  in_ = In::entry;
  return true;
}

bool HeaderReader::end_object() {
  if (in_ == In::entry && !finish_entry()) return false;
  in_ = in_ == In::header ? In::end : In::header;
  return true;
}

bool HeaderReader::finish_entry() {
  if (!has_type_) return fail(fmt::format("tensor {} has no dtype", data::excerpt(entry_.name)));
  if (!shape_) return fail(fmt::format("tensor {} has no shape", data::excerpt(entry_.name)));
  if (!offsets_ || offsets_->size() != 2)
    return fail(fmt::format("tensor {} has no two offsets", data::excerpt(entry_.name)));
  try {
    entry_.shape = Shape(*shape_, origin_.where);
  } catch (const ShapeError&) {
    return fail(fmt::format("tensor {} has shape ({}), whose elements 63 bits do not count", data::excerpt(entry_.name),
                            fmt::join(*shape_, ", ")));
  }
  entry_.begin = (*offsets_)[0];
  entry_.end = (*offsets_)[1];
  header_.entries.push_back(std::move(entry_));
  return true;
}

/// Names must differ; the entries are in the order of the text.
void refuse_twins(const Header& header, const data::Origin& origin) {
  std::vector<const std::string*> names;
  names.reserve(header.entries.size());
  for (const Entry& entry : header.entries) names.push_back(&entry.name);
  const auto less = [](const std::string* a, const std::string* b) { return *a < *b; };
  std::sort(names.begin(), names.end(), less);
  const auto twin =
      std::adjacent_find(names.begin(), names.end(), [](const auto* a, const auto* b) { return *a == *b; });
  if (twin != names.end()) origin.refuse(fmt::format("tensor {} stands in the header twice", data::excerpt(**twin)));
}

}  // namespace

Header parse_header(std::string_view text, const data::Origin& origin) {
  Header header;
  HeaderReader{header, origin}.read(text, origin, length_bytes);
  refuse_twins(header, origin);
  return header;
}

}  // namespace capstan::io
