#include "safetensors/shards.hpp"

#include <set>

#include <fmt/format.h>

#include "json/reader.hpp"

namespace capstan::io {

namespace {

using Content = detail::TensorFileContent;

constexpr std::size_t longest_index = longest_header;

/// "weight_map": the file of each tensor. What else an index holds is passed over, to a depth of 16.
class IndexReader final : public JsonReader {
 public:
  explicit IndexReader(std::map<std::string, std::string>& files) : files_{files} {}

  bool null() override { return passed_over("null"); }
  bool boolean(bool) override { return passed_over("a truth value"); }
  bool number_integer(number_integer_t) override { return passed_over("a number"); }
  bool number_unsigned(number_unsigned_t) override { return passed_over("a number"); }
  bool number_float(number_float_t, const string_t&) override { return passed_over("a number"); }
  bool string(string_t& text) override {
    if (!in_map_) return passed_over("a text");
    if (files_.emplace(key_, std::move(text)).second) return true;
    return fail(fmt::format("weight_map holds {} twice", data::excerpt(key_)));
  }
  bool start_object(std::size_t) override {
    if (in_map_) return unexpected("an object");
    in_map_ = depth_ == 1 && key_ == "weight_map";
    if (in_map_ && found_) return fail("weight_map stands in the index twice");
    found_ = found_ || in_map_;
    return deeper();
  }
  bool key(string_t& text) override {
    key_ = std::move(text);
    return true;
  }
  bool end_object() override {
    in_map_ = false;
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override { return in_map_ || depth_ == 0 ? unexpected("a list") : deeper(); }
  bool end_array() override {
    --depth_;
    return true;
  }

  bool found() const noexcept { return found_; }

 private:
  bool unexpected(std::string_view what) override {
    return fail(
        fmt::format("the index must hold an object weight_map that gives each tensor the name of its file, and "
                    "holds {}",
                    what));
  }
  bool passed_over(std::string_view what) { return (!in_map_ && depth_ > 0) || unexpected(what); }
  bool deeper() { return ++depth_ <= 16 || fail("the index is nested more than 16 deep"); }

  std::map<std::string, std::string>& files_;
  std::string key_;
  int depth_ = 0;
  bool in_map_ = false, found_ = false;
};

std::map<std::string, std::string> read_index(const data::Origin& origin) {
  const MappedFile file = map_file(origin);
  if (file.bytes.size() > longest_index) {
    origin.refuse(fmt::format("the index is {} bytes long, more than {}", file.bytes.size(), longest_index));
  }
  std::map<std::string, std::string> files;
  IndexReader reader{files};
  reader.read({reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size()}, origin);
  if (!reader.found()) origin.refuse("the index has no weight_map");
  for (const auto& [tensor, name] : files) {
    const bool plain = !name.empty() && name != "." && name != ".." && name.find('/') == name.npos;
    if (!plain || name.find('\0') != name.npos) {
      origin.refuse(fmt::format("the index puts tensor {} into {}; a file beside it is wanted", data::excerpt(tensor),
                                data::excerpt(name)));
    }
  }
  return files;
}

void add_file(Content& content, const data::Origin& origin, Checksums checksums) {
  const std::size_t number = content.files.size();
  content.files.push_back({origin.file, map_file(origin)});
  Header header = read_header(content.files.back().mapped.bytes, origin, checksums);
  content.metadata.merge(header.metadata);
  for (Entry& entry : header.entries) content.places.push_back({number, std::move(entry)});
}

/// Once all places are there, as names are looked at where they stand.
void finish(Content& content) {
  content.entries.reserve(content.places.size());
  for (std::size_t i = 0; i < content.places.size(); ++i) {
    const Entry& entry = content.places[i].entry;
    content.entries.push_back(
        {entry.name, {read_as(entry.type), entry.shape, std::string{safetensors_name(entry.type)}}});
    content.by_name.emplace(entry.name, i);
  }
}

/// Every tensor stands in the file that the index says.
void check_places(const Content& content, std::map<std::string, std::string> files, const data::Origin& origin) {
  for (const Content::Place& place : content.places) {
    const std::filesystem::path& path = content.files[place.file].path;
    const auto found = files.find(place.entry.name);
    if (found == files.end() || found->second != path.filename().string()) {
      origin.refuse(fmt::format("tensor {} stands in \"{}\", and the index does not say so",
                                data::excerpt(place.entry.name), path.filename().string()));
    }
    files.erase(found);
  }
  if (files.empty()) return;
  origin.refuse(fmt::format("the index puts tensor {} into {}, which does not hold it",
                            data::excerpt(files.begin()->first), data::excerpt(files.begin()->second)));
}

}  // namespace

std::shared_ptr<const Content> open_file(const data::Origin& origin, Checksums checksums) {
  auto content = std::make_shared<Content>();
  content->path = origin.file;
  add_file(*content, origin, checksums);
  finish(*content);
  return content;
}

std::shared_ptr<const Content> open_shards(const data::Origin& origin, Checksums checksums) {
  auto content = std::make_shared<Content>();
  content->path = origin.file;
  std::map<std::string, std::string> files = read_index(origin);
  std::set<std::string_view> names;
  for (const auto& [tensor, name] : files) names.insert(name);
  for (const std::string_view name : names) {
    add_file(*content, {origin.who, origin.file.parent_path() / name, origin.where}, checksums);
  }
  check_places(*content, std::move(files), origin);
  finish(*content);
  return content;
}

}  // namespace capstan::io
