#include <capstan/data/idx.hpp>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include <capstan/graph/error.hpp>

#include "idx_file.hpp"

namespace capstan::data {
namespace {

constexpr std::string_view who = "load_idx_directory";

struct Reader {
  const std::filesystem::path& directory;
  const IdxDirectoryOptions& options;
  std::source_location where;

  Origin find(const std::string& name) const {
    std::error_code error;
    for (const std::string& candidate : {name, name + ".gz"})
      if (std::filesystem::exists(directory / candidate, error)) return {who, directory / candidate, where};
    Origin{who, directory / name, where}.refuse("there is no such file, plain or with .gz");
  }

  // (pixels, m), a view of the images as they lie in memory.
  Tensor read_images(const Origin& origin) const {
    const Tensor images = read_idx(origin, options.scale ? StoreAs::units : StoreAs::numbers, options.max_bytes);
    const Shape& shape = images.shape();
    if (shape.rank() < 2)
      origin.refuse(fmt::format("images must be (examples, height, width), the file has {}", to_string(shape)));
    std::int64_t pixels = 1;
    for (const std::int64_t extent : shape.extents().subspan(1)) pixels *= extent;
    return images.reshape({shape[0], pixels}).transpose();
  }

  Tensor read_labels(const Origin& origin) const {
    Tensor labels = read_idx(origin, StoreAs::integers, options.max_bytes);
    if (labels.rank() != 1)
      origin.refuse(fmt::format("labels must be on one axis, (examples), the file has {}", to_string(labels.shape())));
    if (options.classes == 0) return labels;
    const auto all = labels.data<std::int32_t>();
    const auto bad = std::ranges::find_if(all, [&](std::int32_t label) { return label >= options.classes; });
    if (bad != all.end()) {
      const std::uint64_t offset = idx_first_element(1) + static_cast<std::uint64_t>(bad - all.begin());
      origin.refuse(fmt::format("labels must be from 0 to below {}, got {}", options.classes, *bad),
                    fmt::format("offset {}", offset));
    }
    return labels;
  }

  Dataset read(const std::string& part) const {
    const Origin images = find(part + "-images-idx3-ubyte"), labels = find(part + "-labels-idx1-ubyte");
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
  const Reader reader{directory, options, where};
  Split split{reader.read("train"), reader.read("t10k")};
  const std::int64_t train = split.train.x.shape()[0], test = split.test.x.shape()[0];
  if (train != test) {
    Origin{who, directory, where}.refuse(
        fmt::format("images of train and test must have the same number of pixels, got {} and {}", train, test));
  }
  return split;
}

}  // namespace capstan::data
