#include <capstan/data/idx.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <capstan/tensor/error.hpp>

#include <capstan/tensor/engine.hpp>
#include "idx_file.hpp"

namespace capstan::data {
namespace {

constexpr std::string_view who = "load_idx_directory";

// One kind of file: "images" or "labels", and how its name may end.
struct Kind {
  std::string_view name;
  std::span<const std::string_view> endings;
};

// QMNIST's labels are eight numbers an example, of which the first is the class.
constexpr std::array<std::string_view, 1> image_endings{"idx3-ubyte"};
constexpr std::array<std::string_view, 2> label_endings{"idx1-ubyte", "idx2-int"};
constexpr Kind images_kind{"images", image_endings}, labels_kind{"labels", label_endings};

constexpr std::string_view train_name = "train";
constexpr std::array<std::string_view, 2> test_names{"t10k", "test"};

bool is_file(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error);
}

struct Reader {
  const std::filesystem::path& directory;
  const IdxDirectoryOptions& options;
  std::source_location where;
  std::string prefix = {};  // in front of all names, a '-' at its end

  // A file of this name, compressed or not; or in a folder of its own that has its name, as Kaggle packs them.
  std::optional<std::filesystem::path> find_name(const std::string& name) const {
    for (const std::string& candidate : {name, name + ".gz"}) {
      if (is_file(directory / candidate)) return directory / candidate;
      if (is_file(directory / candidate / candidate)) return directory / candidate / candidate;
    }
    return std::nullopt;
  }

  // "train-images-idx3-ubyte", or with a point in front of "idx3".
  std::optional<std::filesystem::path> find_part(std::string_view part, const Kind& kind) const {
    for (const std::string_view ending : kind.endings) {
      for (const char joint : {'-', '.'}) {
        if (auto file = find_name(fmt::format("{}{}-{}{}{}", prefix, part, kind.name, joint, ending))) return file;
      }
    }
    return std::nullopt;
  }

  Origin find(std::string_view part, const Kind& kind) const {
    if (auto file = find_part(part, kind)) return {who, *file, where};
    const std::string name = fmt::format("{}{}-{}-{}", prefix, part, kind.name, kind.endings.front());
    Origin{who, directory / name, where}.refuse("there is no such file, plain or with .gz");
  }

  // What stands in front of "train-images" in the names of this folder, if all have the same in front.
  std::string find_prefix() const {
    if (!options.prefix.empty()) return options.prefix + "-";
    if (find_part(train_name, images_kind)) return {};
    std::set<std::string> found;
    std::error_code error;
    for (std::filesystem::directory_iterator entry{directory, error}, end; !error && entry != end;
         entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      const std::size_t at = name.find("-train-images");
      if (at != std::string::npos && at > 0) found.insert(name.substr(0, at));
    }
    if (found.size() > 1) {
      Origin{who, directory, where}.refuse(
          fmt::format("there are several sets, set `prefix` to one of \"{}\"", fmt::join(found, "\", \"")));
    }
    return found.empty() ? std::string{} : *found.begin() + "-";
  }

  // (pixels, m), a view of the images as they lie in memory.
  Tensor read_images(const Origin& origin) const {
    const Tensor images = read_idx(origin, options.values, options.max_bytes, true);
    const Shape& shape = images.shape();
    if (shape.rank() < 2)
      origin.refuse(fmt::format("images must be (examples, height, width), the file has {}", to_string(shape)));
    std::int64_t pixels = 1;
    for (const std::int64_t extent : shape.extents().subspan(1)) pixels *= extent;
    return images.reshape({shape[0], pixels}).transpose();
  }

  // The class of each example, which is the first number of QMNIST's eight.
  Tensor read_labels(const Origin& origin) const {
    const bool several = origin.file.filename().string().find("idx2-int") != std::string::npos;
    Tensor labels = read_idx(origin, IdxValues::stated, options.max_bytes, !several);
    if (!several && labels.rank() != 1)
      origin.refuse(fmt::format("labels must be on one axis, (examples), the file has {}", to_string(labels.shape())));
    if (several && (labels.rank() != 2 || labels.shape()[1] < 1 || labels.dtype() != DType::i32)) {
      origin.refuse(fmt::format("labels must be integers (examples, numbers), the file has {} of {}",
                                to_string(labels.shape()), name_of(labels.dtype())));
    }
    const std::int64_t step = several ? labels.shape()[1] : 1;
    const auto all = labels.data<std::int32_t>();
    const bool checked = several || options.classes > 0;
    for (std::int64_t i = 0; checked && i < labels.shape()[0]; ++i) {
      const std::int32_t label = all[static_cast<std::size_t>(i * step)];
      if (label >= 0 && (options.classes == 0 || label < options.classes)) continue;
      const std::int64_t bytes = several ? 4 * step : 1;
      const std::uint64_t offset = idx_first_element(labels.rank()) + static_cast<std::uint64_t>(i * bytes);
      origin.refuse(options.classes > 0 ? fmt::format("labels must be in [0, {}), got {}", options.classes, label)
                                        : fmt::format("labels must not be negative, got {}", label),
                    fmt::format("offset {}", offset));
    }
    if (!several) return labels;
    return labels.slice({.axis = 1, .start = 0, .stop = 1}).reshape({labels.shape()[0]});
  }

  // Images and labels of the first of these parts that is there.
  Dataset read(std::span<const std::string_view> parts) const {
    const auto there =
        std::ranges::find_if(parts, [&](std::string_view part) { return find_part(part, images_kind).has_value(); });
    const std::string_view part = there == parts.end() ? parts.front() : *there;
    const Origin images = find(part, images_kind), labels = find(part, labels_kind);
    Dataset dataset{read_images(images), read_labels(labels)};
    if (dataset.examples() != dataset.y.elements()) {
      labels.refuse(fmt::format("there must be one label an image, got {} for the {} images of \"{}\"",
                                dataset.y.elements(), dataset.examples(), images.file.filename().string()));
    }
    return dataset;
  }
};

}  // namespace

Split load_idx_directory(const std::filesystem::path& directory, const IdxDirectoryOptions& options,
                         std::source_location where) {
  if (options.classes < 0) {
    throw ValueError{
        fmt::format("{}: classes must not be negative, got {}\n  at {}", who, options.classes, place(where))};
  }
  Reader reader{directory, options, where};
  reader.prefix = reader.find_prefix();
  Split split{reader.read({&train_name, 1}), reader.read(test_names)};
  const std::int64_t train = split.train.x.shape()[0], test = split.test.x.shape()[0];
  if (train != test) {
    Origin{who, directory, where}.refuse(
        fmt::format("images of train and test must have the same number of pixels, got {} and {}", train, test));
  }
  return split;
}

}  // namespace capstan::data
