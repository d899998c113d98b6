#include <capstan/io/model.hpp>

#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <capstan/io/json.hpp>

#include "model/keys.hpp"
#include "model/load_into.hpp"
#include "model/preparation.hpp"
#include "safetensors/content.hpp"
#include "safetensors/write.hpp"

namespace capstan::io {

namespace {

Metadata metadata_of(const detail::ModelToSave& model, const SaveOptions& options, const data::Origin& origin) {
  for (const auto& [name, text] : options.metadata) {
    if (!name.starts_with(own_prefix)) continue;
    origin.refuse_option(
        fmt::format("metadata that begins with \"{}\" is the library's, got {}", own_prefix, data::excerpt(name)));
  }
  Metadata metadata = options.metadata;
  const auto add = [&](std::string_view key, std::string text) {
    if (text.size() > longest_json)
      origin.refuse_option(fmt::format("{} would be {} bytes long, more than {}", key, text.size(), longest_json));
    metadata.emplace(key, std::move(text));
  };
  try {
    if (!model.description.empty()) add(model_key, model.description);
    if (options.standardiser != nullptr) add(standardiser_key, io::describe(*options.standardiser));
    if (options.data != nullptr) add(data_key, io::describe(*options.data));
  } catch (const nlohmann::json::exception&) {
    origin.refuse_option("names of features, classes and columns must be UTF-8, and some are not");
  }
  return metadata;
}

}  // namespace

void detail::save(const ModelToSave& model, const std::filesystem::path& path, const SaveOptions& options,
                  const std::source_location& where) {
  const data::Origin origin{"save", path, where};
  std::vector<TensorToWrite> tensors;
  std::set<std::string> names;
  for (const NamedState& p : model.state) {
    const Shape shape = options.names.shape_in_file(p.name, p.tensor.shape());
    tensors.push_back({options.names.name_in_file(p.name), p.tensor.value().reshape(shape, where)});
    if (names.insert(tensors.back().name).second) continue;
    origin.refuse_option(fmt::format("names must differ, and two tensors are called {} in the file",
                                     data::excerpt(tensors.back().name)));
  }
  write_safetensors(origin, System::real(), tensors, metadata_of(model, options, origin));
}

void detail::load(const std::vector<NamedState>& state, const std::filesystem::path& path, const LoadOptions& options,
                  const std::source_location& where) {
  const data::Origin origin{"load", path, where};
  const Checksums checksums = options.ignore_checksums ? Checksums::ignored : Checksums::compared;
  const TensorFile file = open_tensors(origin.who, path, where, checksums);
  ValuesInFile{state, TensorFileAccess::content(file), options, origin}.write();
}

}  // namespace capstan::io
