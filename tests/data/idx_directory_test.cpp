#include <string>
#include <utility>
#include <vector>

#include <capstan/data/idx.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"
#include "files.hpp"

using namespace capstan;
using Catch::ContainsSubstring;
using test::bytes;
using test::idx;

namespace {

// Three images of 1 × 2 to learn from and one to test with.
struct Pictures {
  test::Folder folder;

  Pictures() {
    write("train-images-idx3-ubyte", idx(8, {3, 1, 2}, bytes({0, 51, 102, 153, 204, 255})));
    write("train-labels-idx1-ubyte", idx(8, {3}, bytes({2, 0, 1})));
    write("t10k-images-idx3-ubyte", idx(8, {1, 1, 2}, bytes({255, 0})));
    write("t10k-labels-idx1-ubyte", idx(8, {1}, bytes({1})));
  }
  void write(const std::string& name, const std::string& content) const { folder.write(name, content); }
  void remove(const std::string& name) const { std::filesystem::remove(folder.path() / name); }
  data::Split load(const data::IdxDirectoryOptions& options = {}) const {
    return data::load_idx_directory(folder.path(), options);
  }
  std::string refusal(const data::IdxDirectoryOptions& options = {}) const {
    CHECK_THROWS_AS(load(options), IoError);
    try {
      (void)load(options);
    } catch (const IoError& error) {
      return error.what();
    }
    return {};
  }
};

}  // namespace

TEST_CASE("A folder of IDX files gives pixels × examples from 0 to 1, and labels") {
  const auto [train, test] = Pictures{}.load();
  REQUIRE(train.x.shape() == Shape{2, 3});
  CHECK(train.x.dtype() == DType::f32);
  CHECK(train.x.at({0, 0}) == 0.0);
  CHECK(train.x.at({1, 0}) == static_cast<double>(0.2f));
  CHECK(train.x.at({1, 2}) == 1.0);
  REQUIRE(train.y.shape() == Shape{3});
  CHECK(train.y.dtype() == DType::i32);
  CHECK(train.y.at({0}) == 2.0);
  REQUIRE(test.x.shape() == Shape{2, 1});
  CHECK(test.x.at({0, 0}) == 1.0);
  CHECK(test.y.item() == 1.0);
}

TEST_CASE("X is a view of the images as they lie in the file") {
  const auto [train, test] = Pictures{}.load();
  CHECK(train.x.transpose().is_contiguous());
}

TEST_CASE("Pixels can be f32 or i32 in 0 … 255") {
  for (const auto& [values, dtype] :
       {std::pair{data::IdxValues::f32, DType::f32}, std::pair{data::IdxValues::stated, DType::i32}}) {
    const auto [train, test] = Pictures{}.load({.values = values});
    CHECK(train.x.dtype() == dtype);
    CHECK(train.x.at({1, 0}) == 51.0);
    CHECK(train.x.at({1, 2}) == 255.0);
  }
}

TEST_CASE("Each file may be compressed or not, with .gz behind its name") {
  const Pictures pictures;
  pictures.remove("train-images-idx3-ubyte");
  pictures.write("train-images-idx3-ubyte.gz", test::gzip(idx(8, {3, 1, 2}, bytes({0, 51, 102, 153, 204, 255}))));
  pictures.remove("t10k-labels-idx1-ubyte");
  pictures.write("t10k-labels-idx1-ubyte.gz", idx(8, {1}, bytes({1})));  // the content counts, not the name
  const auto [train, test] = pictures.load();
  CHECK(train.x.at({1, 2}) == 1.0);
  CHECK(test.y.item() == 1.0);
}

TEST_CASE("A missing file is refused by its name") {
  const Pictures pictures;
  pictures.remove("t10k-labels-idx1-ubyte");
  CHECK_THAT(pictures.refusal(),
             ContainsSubstring("load_idx_directory: there is no such file, plain or with .gz\n  file: \"") &&
                 ContainsSubstring("/t10k-labels-idx1-ubyte\"\n  at idx_directory_test.cpp:"));
  CHECK_THROWS_AS(data::load_idx_directory("no/such/folder"), IoError);
  CHECK_THROWS_WITH(data::load_idx_directory("no/such/folder"),
                    ContainsSubstring("file: \"no/such/folder/train-images-idx3-ubyte\""));
}

TEST_CASE("A file that is no whole IDX file is refused by its name and offset") {
  const Pictures pictures;
  pictures.write("t10k-images-idx3-ubyte", idx(8, {1, 1, 2}, bytes({255})));
  CHECK_THAT(pictures.refusal(), ContainsSubstring("load_idx_directory: extents (1, 1, 2) of unsigned byte take 2") &&
                                     ContainsSubstring("t10k-images-idx3-ubyte\", offset 16\n"));
}

TEST_CASE("Labels beyond the classes are refused, with value and offset") {
  const Pictures pictures;
  CHECK(pictures.load({.classes = 3}).train.examples() == 3);
  CHECK_THAT(pictures.refusal({.classes = 2}),
             ContainsSubstring("load_idx_directory: labels must be in [0, 2), got 2\n  file: \"") &&
                 ContainsSubstring("train-labels-idx1-ubyte\", offset 8\n"));
  CHECK_THAT(pictures.refusal({.classes = 1}), ContainsSubstring("got 2"));
  pictures.write("train-labels-idx1-ubyte", idx(8, {3}, bytes({0, 1, 255})));
  CHECK_THAT(pictures.refusal({.classes = 10}),
             ContainsSubstring("labels must be in [0, 10), got 255") && ContainsSubstring("offset 10\n"));
}

TEST_CASE("Images and labels must be equally many") {
  const Pictures pictures;
  pictures.write("train-labels-idx1-ubyte", idx(8, {2}, bytes({2, 0})));
  CHECK_THAT(pictures.refusal(),
             ContainsSubstring("load_idx_directory: there must be one label an image, got 2 for the 3 images of "
                               "\"train-images-idx3-ubyte\"\n  file: \"") &&
                 ContainsSubstring("train-labels-idx1-ubyte\"\n"));
}

TEST_CASE("Images of train and test must have the same number of pixels") {
  const Pictures pictures;
  pictures.write("t10k-images-idx3-ubyte", idx(8, {1, 1, 3}, bytes({1, 2, 3})));
  CHECK_THAT(
      pictures.refusal(),
      ContainsSubstring("load_idx_directory: images of train and test must have the same number of pixels, got 2 "
                        "and 3\n  file: \""));
}

TEST_CASE("Images need two axes, labels have one, and both are unsigned bytes") {
  const Pictures pictures;
  pictures.write("train-images-idx3-ubyte", idx(8, {3}, bytes({1, 2, 3})));
  CHECK_THAT(pictures.refusal(), ContainsSubstring("images must be (examples, height, width), the file has (3)"));
  pictures.write("train-images-idx3-ubyte", idx(0x0B, {3, 1, 1}, "abcdef"));
  CHECK_THAT(pictures.refusal(), ContainsSubstring("the elements must be of type unsigned byte, they are short"));
  pictures.write("train-images-idx3-ubyte", idx(8, {3, 1, 2}, "abcdef"));
  pictures.write("train-labels-idx1-ubyte", idx(8, {3, 1}, bytes({0, 1, 2})));
  CHECK_THAT(pictures.refusal(), ContainsSubstring("labels must be on one axis, (examples), the file has (3, 1)"));
  pictures.write("train-labels-idx1-ubyte", idx(0x0C, {1}, "abcd"));
  CHECK_THAT(pictures.refusal(), ContainsSubstring("the elements must be of type unsigned byte, they are int"));
}

TEST_CASE("A negative number of classes is refused") {
  const Pictures pictures;
  CHECK_THROWS_AS(pictures.load({.classes = -1}), ValueError);
  CHECK_THROWS_WITH(pictures.load({.classes = -1}),
                    ContainsSubstring("load_idx_directory: classes must not be negative, got -1\n"
                                      "  at idx_directory_test.cpp:"));
}

TEST_CASE("Files are found as EMNIST, QMNIST and Kaggle name them") {
  const std::string images = idx(8, {2, 1, 2}, bytes({0, 51, 102, 153})), labels = idx(8, {2}, bytes({2, 0}));
  const std::string numbers = idx(0x0C, {2, 2}, bytes({0, 0, 0, 2, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 9}));
  const auto reads = [&](const std::vector<std::pair<std::string, std::string>>& files) {
    const test::Folder folder;
    for (const auto& [name, content] : files) {
      std::filesystem::create_directories((folder.path() / name).parent_path());
      folder.write(name, content);
    }
    const auto [train, test] = data::load_idx_directory(folder.path(), {.classes = 3});
    for (const data::Dataset& set : {train, test}) {
      CHECK(set.x.at({1, 0}) == static_cast<double>(0.2f));
      CHECK(set.y.shape() == Shape{2});
      CHECK(set.y.at({0}) == 2.0);
      CHECK(set.y.at({1}) == 0.0);
    }
  };
  reads({{"emnist-letters-train-images-idx3-ubyte.gz", test::gzip(images)},
         {"emnist-letters-train-labels-idx1-ubyte.gz", test::gzip(labels)},
         {"emnist-letters-test-images-idx3-ubyte.gz", test::gzip(images)},
         {"emnist-letters-test-labels-idx1-ubyte.gz", test::gzip(labels)}});
  reads({{"qmnist-train-images-idx3-ubyte.gz", test::gzip(images)},
         {"qmnist-train-labels-idx2-int.gz", test::gzip(numbers)},
         {"qmnist-test-images-idx3-ubyte", images},
         {"qmnist-test-labels-idx2-int", numbers}});
  reads({{"train-images.idx3-ubyte", images},
         {"train-labels.idx1-ubyte", labels},
         {"t10k-images.idx3-ubyte", images},
         {"t10k-labels.idx1-ubyte", labels}});
  reads({{"train-images-idx3-ubyte/train-images-idx3-ubyte", images},
         {"train-labels-idx1-ubyte/train-labels-idx1-ubyte", labels},
         {"t10k-images-idx3-ubyte/t10k-images-idx3-ubyte", images},
         {"t10k-labels-idx1-ubyte/t10k-labels-idx1-ubyte", labels}});
}

TEST_CASE("Of several sets in one folder the prefix chooses, and names without one come first") {
  const test::Folder folder;
  const auto write = [&](const std::string& prefix, int label) {
    for (const std::string part : {"train", "test"}) {
      folder.write(prefix + part + "-images-idx3-ubyte", idx(8, {1, 1, 1}, bytes({label})));
      folder.write(prefix + part + "-labels-idx1-ubyte", idx(8, {1}, bytes({label})));
    }
  };
  write("emnist-balanced-", 1);
  write("emnist-letters-", 2);
  CHECK_THROWS_AS(data::load_idx_directory(folder.path()), IoError);
  CHECK_THROWS_WITH(data::load_idx_directory(folder.path()),
                    ContainsSubstring("there are several sets, set `prefix` to one of \"emnist-balanced\", "
                                      "\"emnist-letters\"\n  file: \""));
  CHECK(data::load_idx_directory(folder.path(), {.prefix = "emnist-letters"}).test.y.item() == 2.0);
  CHECK_THROWS_WITH(data::load_idx_directory(folder.path(), {.prefix = "emnist-digits"}),
                    ContainsSubstring("/emnist-digits-train-images-idx3-ubyte\""));
  write("", 3);
  CHECK(data::load_idx_directory(folder.path()).train.y.item() == 3.0);
}

TEST_CASE("QMNIST's labels are integers on two axes, and not negative") {
  const Pictures pictures;
  pictures.remove("t10k-labels-idx1-ubyte");
  pictures.write("t10k-labels-idx2-int", idx(0x0C, {1, 2}, bytes({0, 0, 0, 7, 0, 0, 0, 0})));
  CHECK(pictures.load().test.y.item() == 7.0);
  CHECK_THAT(pictures.refusal({.classes = 7}),
             ContainsSubstring("labels must be in [0, 7), got 7") && ContainsSubstring("offset 12\n"));
  pictures.write("t10k-labels-idx2-int", idx(0x0C, {1, 2}, bytes({255, 255, 255, 255, 0, 0, 0, 0})));
  CHECK_THAT(pictures.refusal(), ContainsSubstring("labels must not be negative, got -1"));
  pictures.write("t10k-labels-idx2-int", idx(0x0C, {2}, bytes({0, 0, 0, 1, 0, 0, 0, 1})));
  CHECK_THAT(pictures.refusal(), ContainsSubstring("labels must be integers (examples, numbers), the file has (2)"));
  pictures.write("t10k-labels-idx2-int", idx(0x0C, {1, 0}, ""));
  CHECK_THAT(pictures.refusal(), ContainsSubstring("the file has (1, 0) of i32"));
}
