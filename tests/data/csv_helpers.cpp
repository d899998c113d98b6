#include "csv_helpers.hpp"

namespace test {

using namespace capstan;

data::Dataset load(const std::string& content, data::CsvOptions options, std::source_location where) {
  const Folder folder;
  if (const auto* function = options.warn.target<void (*)(std::string_view)>();
      function != nullptr && *function == data::warn_on_stderr)
    options.warn = {};
  return data::load_csv(folder.write("file.csv", content), options, where);
}

Names warnings(const std::string& content, data::CsvOptions options) {
  Names messages;
  options.warn = [&](std::string_view message) { messages.push_back(complaint(std::string{message})); };
  (void)load(content, options);
  return messages;
}

std::string complaint(const std::string& message) {
  const std::string who = "load_csv: ", file = "\n  file: \"", name = "file.csv\"";
  const auto end = message.find(file);
  if (!message.starts_with(who) || end == std::string::npos) return "not in the form of a message: " + message;
  const std::string rule = message.substr(who.size(), end - who.size());
  const auto at = message.find(name, end) + name.size();
  const std::string place = message.substr(at, message.find('\n', at) - at);
  return place.empty() ? rule : rule + " @" + place.substr(1);
}

std::vector<double> row(const Tensor& x, std::int64_t index) {
  std::vector<double> values;
  for (std::int64_t j = 0; j < x.shape()[1]; ++j) values.push_back(x.at({index, j}));
  return values;
}

std::vector<double> all(const Tensor& y) {
  const Tensor flat = y.reshape({y.elements()});
  std::vector<double> values;
  for (std::int64_t j = 0; j < flat.elements(); ++j) values.push_back(flat.at({j}));
  return values;
}

}  // namespace test
