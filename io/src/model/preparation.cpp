#include "model/preparation.hpp"

#include <array>

#include <capstan/data/file_columns.hpp>
#include <capstan/io/json.hpp>
#include <capstan/io/model.hpp>
#include <capstan/io/safetensors.hpp>

#include "model/keys.hpp"
#include "safetensors/content.hpp"

namespace capstan::io {

namespace {

using data::FileColumn;

// In the order of FileColumn's enumerators.
constexpr std::array<std::string_view, 3> uses{"ignored", "feature", "target"};
constexpr std::array<std::string_view, 5> contents{"numbers", "one_hot", "codes", "classes", "positions"};

template <class Enum, std::size_t n>
Enum find(const std::array<std::string_view, n>& names, const Json& value) {
  const auto text = value.get<std::string>();
  for (std::size_t i = 0; i < n; ++i) {
    if (names[i] == text) return static_cast<Enum>(i);
  }
  refuse_value("a name that is not known");
}

OrderedJson to_json(const FileColumn& column) {
  return {{"name", column.name},
          {"use", uses[static_cast<std::size_t>(column.use)]},
          {"content", contents[static_cast<std::size_t>(column.content)]},
          {"categories", column.categories},
          {"row", column.row},
          {"fill", column.fill},
          {"indicator", column.indicator},
          {"labels", column.labels}};
}

FileColumn column_of(const Json& value) {
  return {.name = value.at("name").get<std::string>(),
          .use = find<FileColumn::Use>(uses, value.at("use")),
          .content = find<FileColumn::Content>(contents, value.at("content")),
          .categories = value.at("categories").get<std::vector<std::string>>(),
          .row = whole(value.at("row")),
          .fill = value.at("fill").get<double>(),
          .indicator = value.at("indicator").get<bool>(),
          .labels = value.at("labels").get<bool>()};
}

std::vector<double> numbers_of(const Tensor& column) {
  std::vector<double> numbers;
  for (std::int64_t i = 0; i < column.shape()[0]; ++i) numbers.push_back(column.at({i, 0}));
  return numbers;
}

Tensor column_of_numbers(const Json& value) {
  const auto numbers = value.get<std::vector<double>>();
  return Tensor::from(numbers, {numbers.size(), 1});
}

data::Standardiser standardiser_of(std::string_view text, const data::Origin& origin) {
  const Json value = parse_value(text, standardiser_key, origin);
  return read_value(standardiser_key, origin, [&] {
    data::Standardiser result{column_of_numbers(value.at("mean")), column_of_numbers(value.at("stddev")),
                              value.at("feature_names").get<std::vector<std::string>>()};
    if (result.mean.shape() != result.stddev.shape()) {
      refuse_value("mean and stddev have not the same length");
    }
    return result;
  });
}

data::Dataset dataset_of(std::string_view text, const data::Origin& origin) {
  const Json value = parse_value(text, data_key, origin);
  return read_value(data_key, origin, [&] {
    data::Dataset result;
    result.feature_names = value.at("feature_names").get<std::vector<std::string>>();
    result.class_names = value.at("class_names").get<std::vector<std::string>>();
    if (!value.contains("columns")) return result;
    data::FileColumns columns;
    for (const Json& column : value.at("columns")) columns.push_back(column_of(column));
    if (const std::string fault = data::fault_in(columns); !fault.empty()) refuse_value(fault);
    result.columns = std::make_shared<const data::FileColumns>(std::move(columns));
    return result;
  });
}

}  // namespace

std::string describe(const data::Standardiser& standardiser) {
  return OrderedJson{{"mean", numbers_of(standardiser.mean)},
                     {"stddev", numbers_of(standardiser.stddev)},
                     {"feature_names", standardiser.feature_names}}
      .dump();
}

std::string describe(const data::Dataset& dataset) {
  OrderedJson value{{"feature_names", dataset.feature_names}, {"class_names", dataset.class_names}};
  if (dataset.columns) {
    OrderedJson columns = OrderedJson::array();
    for (const FileColumn& column : *dataset.columns) columns.push_back(to_json(column));
    value["columns"] = std::move(columns);
  }
  return value.dump();
}

Preparation load_preparation(const std::filesystem::path& path, std::source_location where) {
  const data::Origin origin{"load_preparation", path, where};
  const TensorFile file = open_tensors(origin.who, path, where);
  const Metadata& metadata = file.metadata();
  Preparation result;
  if (const auto found = metadata.find(std::string{standardiser_key}); found != metadata.end()) {
    result.standardiser = standardiser_of(found->second, origin);
  }
  if (const auto found = metadata.find(std::string{data_key}); found != metadata.end()) {
    result.data = dataset_of(found->second, origin);
  }
  return result;
}

}  // namespace capstan::io
