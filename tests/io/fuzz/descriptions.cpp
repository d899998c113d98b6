// load_deep_net, load_logistic_regression, load_preparation and load_checkpoint, of whole files in whose metadata the input
// stands: its first byte says under which key, the others are the text. By columns that it holds, load_csv reads a file.
#include <string>
#include <vector>

#include <capstan/data.hpp>
#include <capstan/io.hpp>
#include <capstan/models.hpp>
#include <capstan/optim.hpp>
#include <capstan/tensor/error.hpp>

#include "checksum.hpp"
#include "file.hpp"
#include "safetensors/header.hpp"

using namespace capstan;

namespace {

/// The tensors that a DeepNet of layers {2, 3, 1}, a LogisticRegression of 2 inputs and a checkpoint of one would have.
const std::vector<std::pair<std::string, Shape>> tensors{
    {"W1", {3, 2}}, {"b1", {3, 1}}, {"W2", {1, 3}},          {"b2", {1, 1}},
    {"w", {2, 1}},  {"b", {1, 1}},  {"parameter.w", {2, 1}}, {"parameter.b", {1, 1}}};

std::string file_with(const std::string& key, std::string_view text) {
  std::vector<io::Entry> entries;
  std::string bytes;
  for (const auto& [name, shape] : tensors) {
    const std::vector<float> zeros(static_cast<std::size_t>(shape.elements()));
    const std::string raw(zeros.size() * sizeof(float), '\0');
    entries.push_back({name, io::Stored::f32, shape, bytes.size(), bytes.size() + raw.size(),
                       io::checksum(std::as_bytes(std::span{raw}))});
    bytes += raw;
  }
  return io::write_header(entries, {{key, std::string{text}}}, {"fuzz", "fuzz", std::source_location::current()}) +
         bytes;
}

std::string quoted(const std::string& field) {
  std::string text = "\"";
  for (const char c : field) text += c == '"' ? std::string{"\"\""} : std::string(1, c);
  return text + "\"";
}

/// A file of these columns: their names, an example that has values, and one that lacks them.
std::string table_of(const data::FileColumns& columns) {
  std::string names, values, missing;
  for (const data::FileColumn& column : columns) {
    const std::string end = &column == &columns.back() ? "\n" : ",";
    names += quoted(column.name) + end;
    const bool named = !column.categories.empty() && column.content != data::FileColumn::Content::positions;
    const std::string value = named ? quoted(column.categories.back()) : "1";
    values += value + end;
    missing += (column.use == data::FileColumn::Use::feature ? "" : value) + end;
  }
  return names + values + missing;
}

void read_like(const data::Dataset& earlier) {
  if (!earlier.columns) return;
  const std::string table = table_of(*earlier.columns);
  const auto path = fuzz::file_of(reinterpret_cast<const std::uint8_t*>(table.data()), table.size());
  for (const data::Missing missing : {data::Missing::drop_row, data::Missing::fill}) {
    try {
      (void)data::load_csv(path, {.delimiter = ',',
                                  .like = earlier,
                                  .missing = missing,
                                  .missing_target = data::Missing::drop_row,
                                  .max_bytes = 1 << 24,
                                  .warn = {}});
    } catch (const IoError&) {
    }
  }
}

/// Loads with one of the functions, which may say that the file is not what it wants and nothing else.
template <class Load>
void expect_value_or_refusal(const Load& load) {
  try {
    load();
  } catch (const IoError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  static const std::string keys[] = {"capstan.model", "capstan.standardiser", "capstan.data", "capstan.checkpoint"};
  if (count == 0) return 0;
  std::string file;
  try {
    file = file_with(keys[bytes[0] % 4], {reinterpret_cast<const char*>(bytes) + 1, count - 1});
  } catch (const ValueError&) {
    return 0;  // the text is no UTF-8, so that no file can hold it
  }
  const auto path = fuzz::file_of(reinterpret_cast<const std::uint8_t*>(file.data()), file.size());
  expect_value_or_refusal([&] { (void)io::load_deep_net(path); });
  expect_value_or_refusal([&] { (void)io::load_logistic_regression(path); });
  expect_value_or_refusal([&] {
    models::LogisticRegression model{{.inputs = 2}};
    optim::Sgd descent{parameters(model), {.learning_rate = 0.1}};
    Rng rng{1};
    (void)io::load_checkpoint(path, {named_state(model), &descent, {{"rng", &rng}}});
  });
  expect_value_or_refusal([&] {
    const io::Preparation found = io::load_preparation(path);
    if (found.data) read_like(*found.data);  // the last one, as it writes over the file
  });
  return 0;
}
