// A file that is read with the columns, categories and classes of an earlier one.
#include "csv_helpers.hpp"

#include <functional>

#include <capstan/data/split.hpp>

using namespace capstan;
using Catch::ContainsSubstring;
using test::all;
using test::load;
using test::Names;
using test::refusal;
using test::row;

namespace {

const std::string colours = "c,x,y\nred,1,0\ngreen,2,1\nblue,3,0\n";

}  // namespace

TEST_CASE("A file that is read like another has the same rows") {
  const data::Dataset train = load(colours), test = load("c,x,y\nred,5,1\nblue,6,0\nred,7,0\n", {.like = train});
  CHECK(test.feature_names == train.feature_names);
  CHECK(test.feature_names == Names{"c=blue", "c=green", "c=red", "x"});
  CHECK(row(test.x, 0) == std::vector{0.0, 1.0, 0.0});
  CHECK(row(test.x, 1) == std::vector{0.0, 0.0, 0.0});
  CHECK(row(test.x, 2) == std::vector{1.0, 0.0, 1.0});
  CHECK(row(test.x, 3) == std::vector{5.0, 6.0, 7.0});
  CHECK(all(test.y) == std::vector{1.0, 0.0, 0.0});
  CHECK(test.columns == train.columns);
  CHECK(load("c,x,y\ngreen,5,1\n", {.like = test}).feature_names == train.feature_names);
}

TEST_CASE("Labels are those of the earlier file") {
  const data::Dataset train = load("a,y\n1,no\n2,yes\n3,maybe\n"), test = load("a,y\n1,yes\n2,no\n", {.like = train});
  CHECK(train.class_names == Names{"maybe", "no", "yes"});
  CHECK(test.class_names == train.class_names);
  CHECK(test.y.dtype() == DType::i32);
  CHECK(all(test.y) == std::vector{2.0, 1.0});
  CHECK(refusal("a,y\n1,never\n", {.like = train}) ==
        "the class \"never\" is not known, the classes are \"maybe\", \"no\", \"yes\" @ line 2, column \"y\"");
}

TEST_CASE("Labels that are numbers, and classes as numbers, stay what they were") {
  const data::Dataset digits = load("a,y\n1,3\n2,10\n", {.target_kind = data::TargetKind::labels});
  CHECK(all(load("a,y\n1,10.0\n", {.like = digits}).y) == std::vector{1.0});
  const data::Dataset yes =
      load("a,y\n1,yes\n2,no\n", {.target_kind = data::TargetKind::numbers, .classes = {"no", "yes"}});
  const data::Dataset test = load("a,y\n1,yes\n", {.like = yes});
  CHECK(test.y.dtype() == DType::f32);
  CHECK(test.y.shape() == Shape{1, 1});
  CHECK(test.y.item() == 1.0);
}

TEST_CASE("Columns are found by their names in any order, and columns of the same name in the order of the file") {
  const data::Dataset train = load("c,x,x,y\nred,1,2,0\nblue,3,4,1\n");
  const data::Dataset test = load("y,x,c,x\n1,5,red,6\n", {.like = train});
  CHECK(test.feature_names == train.feature_names);
  CHECK(test.x.at({1, 0}) == 1.0);
  CHECK(test.x.at({2, 0}) == 5.0);
  CHECK(test.x.at({3, 0}) == 6.0);
  CHECK(test.y.item() == 1.0);
}

TEST_CASE("A column that is missing or new is refused by its name") {
  const data::Dataset train = load(colours);
  CHECK(refusal("c,y\nred,1\n", {.like = train}) ==
        "there is no column \"x\", which is a feature in the file of `like` @ line 1");
  CHECK(refusal("c,x\nred,1\n", {.like = train}) ==
        "there is no column \"y\", which is the target in the file of `like`; `target = {}` reads a file without it @ "
        "line 1");
  CHECK(refusal("c,x,z,y\nred,1,2,3\n", {.like = train}) ==
        "the file of `like` has no column \"z\"; `ignore` leaves it out @ line 1");
  CHECK(load("c,x,z,y\nred,1,2,3\n", {.ignore = "z", .like = train}).x.shape() == Shape{4, 1});
}

TEST_CASE("A file without the target is read as such, and one that has it need not use it") {
  const data::Dataset train = load("c,x,y\nred,1,no\nblue,2,yes\n");
  for (const std::string content : {"x,c\n5,red\n", "x,y,c\n5,?,red\n"}) {
    const data::Dataset test = load(content, {.target = {}, .like = train});
    CHECK(test.feature_names == train.feature_names);
    CHECK(test.y.shape() == Shape{0, 1});
    CHECK(test.class_names.empty());
    CHECK(test.x.at({2, 0}) == 5.0);
  }
}

TEST_CASE("Columns that the earlier file ignores may be there or not") {
  const data::Dataset train = load("id,x,y\np,1,0\nq,2,1\n", {.ignore = "id"});
  CHECK(load("id,x,y\nr,5,1\n", {.like = train}).feature_names == Names{"x"});
  CHECK(load("x,y\n5,1\n", {.like = train}).feature_names == Names{"x"});
}

TEST_CASE("A category that the earlier file lacks is refused, all zeros, or missing") {
  const data::Dataset train = load("c,x,y\nred,1,0\ngreen,2,1\nred,3,0\n");
  const std::string content = "c,x,y\nyellow,4,0\ngreen,5,1\n";
  CHECK(refusal(content, {.like = train}) ==
        "the file of `like` has no category \"yellow\", it has \"green\", \"red\"; `unseen` can be zeros or missing @ "
        "line 2, column \"c\"");
  const data::Dataset zeros = load(content, {.like = train, .unseen = data::Unseen::zeros});
  CHECK(row(zeros.x, 0) == std::vector{0.0, 1.0});
  CHECK(row(zeros.x, 1) == std::vector{0.0, 0.0});
  const data::Dataset left =
      load(content, {.like = train, .unseen = data::Unseen::missing, .missing = data::Missing::drop_row});
  CHECK(row(left.x, 2) == std::vector{5.0});
  const data::Dataset filled =
      load(content, {.like = train, .unseen = data::Unseen::missing, .missing = data::Missing::fill});
  CHECK(row(filled.x, 1) == std::vector{1.0, 0.0});
  CHECK_THAT(refusal(content, {.like = train, .unseen = data::Unseen::missing}),
             ContainsSubstring("a value is missing (\"yellow\")"));
  const data::Dataset codes = load("c,x,y\nred,1,0\ngreen,2,1\nred,3,0\n", {.codes = "c"});
  CHECK(row(load(content, {.like = codes, .unseen = data::Unseen::zeros}).x, 0) == std::vector{-1.0, 0.0});
}

TEST_CASE("Numbers among the categories are found however the later file writes them") {
  const data::Dataset train = load("c,y\n1,0\n2.5,1\n1,0\n", {.categorical = "c"});
  CHECK(row(load("c;y\n2,50;0\n01;1\n", {.decimal = ',', .like = train}).x, 1) == std::vector{1.0, 0.0});
}

TEST_CASE("What is missing is filled with what the earlier file gives") {
  const data::CsvOptions fill{.missing = data::Missing::fill, .missing_indicator = true};
  const data::Dataset train = load("c,a,b,y\nred,1,1,0\nred,3,2,1\nblue,,3,0\n", fill);
  CHECK(train.feature_names == Names{"c=blue", "c=red", "a", "a=missing", "b"});
  data::CsvOptions options = fill;
  options.like = train;
  const data::Dataset test = load("c,a,b,y\nblue,100,7,0\n,,,1\n", options);
  CHECK(test.feature_names == train.feature_names);
  CHECK(row(test.x, 0) == std::vector{1.0, 0.0});
  CHECK(row(test.x, 1) == std::vector{0.0, 1.0});
  CHECK(row(test.x, 2) == std::vector{100.0, 2.0});
  CHECK(row(test.x, 3) == std::vector{0.0, 1.0});
  CHECK(row(test.x, 4) == std::vector{7.0, 2.0});
}

TEST_CASE("A column of numbers stays one: text in it is refused, and so is another notation") {
  const data::Dataset train = load(colours);
  CHECK(refusal("c,x,y\nred,one,0\n", {.like = train}) ==
        "the column contains numbers, got \"one\"; list a missing value in `missing_values`, or the column in "
        "`categorical` @ line 2, column \"x\"");
}

TEST_CASE("The parts of a data set that was read share its columns") {
  const auto [train, held_back] = data::split(load(colours), {.test_fraction = 0.3});
  CHECK(load("c,x,y\ngreen,5,1\n", {.like = train}).feature_names == train.feature_names);
  const auto [first, last] = data::split(load(colours), {.test_fraction = 0.3, .shuffle = false});
  CHECK(load("c,x,y\ngreen,5,1\n", {.like = last}).feature_names == first.feature_names);
  CHECK(held_back.columns == train.columns);
}

TEST_CASE("Options beside like must not contradict it") {
  const data::Dataset train = load("c,x,y\nred,1,no\nblue,2,yes\n", {.classes = {"yes", "no"}});
  const auto value_error = [&](data::CsvOptions options) {
    options.like = train;
    return refusal<ValueError>("c,x,y\nred,1,no\n", options);
  };
  CHECK(value_error(
            {.target = "y", .target_kind = data::TargetKind::labels, .classes = {"yes", "no"}, .categorical = "c"})
            .empty());
  CHECK(value_error({.target = "x"}) == "target says something else of column \"x\" than the file of `like`");
  CHECK(value_error({.target_kind = data::TargetKind::numbers}) ==
        "target_kind says something else of column \"y\" than the file of `like`");
  CHECK(value_error({.classes = {"no", "yes"}}) ==
        "classes says something else of column \"y\" than the file of `like`");
  CHECK(value_error({.categorical = "x"}) == "categorical says something else of column \"x\" than the file of `like`");
  CHECK(value_error({.codes = "c"}) == "codes says something else of column \"c\" than the file of `like`");
  CHECK(value_error({.ignore = "x"}) == "column \"x\" is ignored and a feature in the file of `like`");
  CHECK(value_error({.ignore = "y"}) == "column \"y\" is ignored and the target in the file of `like`");
}

TEST_CASE("The set of like must come from a file with columns") {
  const data::Dataset made{Tensor::zeros({1, 1}), Tensor::zeros({1, 1})};
  CHECK(refusal<ValueError>("a,y\n1,2\n", {.like = made}) == "the data set of `like` must have been read by load_csv");
}

TEST_CASE("Classes in the first line must be those of the earlier file") {
  const data::CsvOptions counts{.header = data::Header::counts};
  const data::Dataset train = load("2,1,p,q\n1,0\n2,1\n", counts);
  data::CsvOptions options = counts;
  options.like = train;
  CHECK(all(load("1,1,p,q\n5,1\n", options).y) == std::vector{1.0});
  CHECK(refusal("1,1,q,p\n5,1\n", options) ==
        "the classes must be those of the file of `like`, \"p\", \"q\", got \"q\", \"p\"");
}

TEST_CASE("Features are filled and examples without a target left out by policies of their own") {
  const std::string content = "a,b,y\n1,,0\n2,5,\n3,7,1\n4,,1\n";
  const data::Dataset set = load(content, {.missing = data::Missing::fill, .missing_target = data::Missing::drop_row});
  REQUIRE(set.x.shape() == Shape{2, 3});
  CHECK(row(set.x, 0) == std::vector{1.0, 3.0, 4.0});
  CHECK(row(set.x, 1) == std::vector{7.0, 7.0, 7.0});
  CHECK(all(set.y) == std::vector{0.0, 1.0, 1.0});
  CHECK(refusal(content, {.missing = data::Missing::drop_row, .missing_target = data::Missing::refuse}) ==
        "a value is missing (\"\"); set `missing_target` to drop_row @ line 3, column \"y\"");
  CHECK(refusal(content, {.missing_target = data::Missing::drop_row}) ==
        "a value is missing (\"\"); set `missing` to drop_row or fill @ line 2, column \"b\"");
  CHECK(refusal<ValueError>(content, {.missing_target = data::Missing::fill}) ==
        "missing_target must be refuse or drop_row, targets are not filled");
}

TEST_CASE("Columns that no file gives are refused before anything is read by them") {
  const data::Dataset train = load(colours);
  const auto complaint = [&](const std::function<void(data::FileColumns&)>& change) {
    data::Dataset other = train;
    data::FileColumns columns = *train.columns;
    change(columns);
    other.columns = std::make_shared<const data::FileColumns>(columns);
    return refusal<ValueError>(colours, {.like = other});
  };
  const std::string start = "the columns of `like` are none that load_csv makes: ";
  CHECK(complaint([](auto&) {}).empty());
  CHECK(complaint([](auto& c) { c[1].row = 1'000'000; }) ==
        start + "column \"x\" goes to rows of X that do not follow those before");
  CHECK(complaint([](auto& c) { c[2].row = 1'000'000; }) == start + "no target goes to row 0 of Y");
  CHECK(complaint([](auto& c) { c[0].fill = -5.0; }) ==
        start + "column \"c\" is filled with a category that it does not have");
  CHECK(complaint([](auto& c) { c[2].labels = true; }) == start + "column \"y\" has labels without classes");
}
