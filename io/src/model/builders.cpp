// What a builder was made of, as text, and the builder made anew of it.
#include <algorithm>

#include <fmt/format.h>

#include <capstan/io/json.hpp>
#include <capstan/io/model.hpp>
#include <capstan/tensor/error.hpp>

#include "model/keys.hpp"
#include "model/load_into.hpp"
#include "safetensors/content.hpp"

namespace capstan::io {

namespace {

/// The description in a file that holds a model of this kind.
Json description_of(const TensorFile& file, std::string_view kind, const data::Origin& origin) {
  const auto found = file.metadata().find(std::string{model_key});
  if (found == file.metadata().end()) {
    origin.refuse(fmt::format("the file does not say of what its model was made; load into a {} that you make", kind));
  }
  Json value = parse_value(found->second, model_key, origin);
  const auto held = read_value(model_key, origin, [&] { return value.at("kind").get<std::string>(); });
  if (held != kind) origin.refuse(fmt::format("the file holds a {}, not a {}", data::excerpt(held), kind));
  return value;
}

/// The dtype of a weight, whose shape must be that: a file cannot make a model larger than it is itself.
DType dtype_of_weight(const TensorFile& file, const std::string& name, const std::vector<std::int64_t>& extents,
                      const data::Origin& origin) {
  const auto* const place = TensorFileAccess::content(file).find(name);
  if (place != nullptr && std::ranges::equal(place->entry.shape.extents(), extents) &&
      is_floating(read_as(place->entry.type))) {
    return read_as(place->entry.type);
  }
  origin.refuse(
      fmt::format("the file says of its model that \"{}\" is ({}) of floating-point numbers, and that is not so", name,
                  fmt::join(extents, ", ")));
}

std::vector<std::int64_t> layers_of(const Json& value, const data::Origin& origin) {
  return read_value(model_key, origin, [&] {
    std::vector<std::int64_t> layers;
    for (const Json& extent : value.at("layers")) layers.push_back(whole(extent));
    return layers;
  });
}

Activation find_activation(const std::string& name, const std::vector<Activation>& own, const data::Origin& origin) {
  const auto found = std::ranges::find_if(own, [&](const Activation& a) { return a.name == name; });
  if (found != own.end()) return *found;
  if (std::optional<Activation> known = Activation::find(name)) return *std::move(known);
  origin.refuse(
      fmt::format("the activation {} is none of the library's; give yours as .activations", data::excerpt(name)));
}

std::vector<Activation> activations_of(const Json& value, const std::vector<Activation>& own,
                                       const data::Origin& origin) {
  const auto names =
      read_value(model_key, origin, [&] { return value.at("activations").get<std::vector<std::string>>(); });
  std::vector<Activation> result;
  result.reserve(names.size());
  for (const std::string& name : names) result.push_back(find_activation(name, own, origin));
  return result;
}

std::uint64_t seed_of(const Json& value, const data::Origin& origin) {
  return read_value(model_key, origin, [&] { return whole_unsigned(value.at("seed")); });
}

/// A model of what the file says; that it cannot be made is the file's fault.
template <class Make>
auto made(const data::Origin& origin, const Make& make) {
  try {
    return make();
  } catch (const ValueError& error) {
    origin.refuse(fmt::format("the file says what no model can be made of: {}", error.what()));
  }
}

}  // namespace

std::string detail::describe(const models::DeepNet& net, const std::source_location& where) {
  const models::DeepNetOptions& options = net.options();
  std::vector<std::string> activations;
  for (const Activation& activation : options.activations) {
    if (!is_utf8(activation.name)) {
      throw ValueError{fmt::format("DeepNet: names of activations must be UTF-8, got {}\n  at {}",
                                   data::excerpt(activation.name), place(where))};
    }
    activations.push_back(activation.name);
  }
  return OrderedJson{
      {"kind", "DeepNet"}, {"layers", options.layers}, {"activations", activations}, {"seed", options.seed}}
      .dump();
}

std::string detail::describe(const models::LogisticRegression& model, const std::source_location&) {
  return OrderedJson{{"kind", "LogisticRegression"}, {"inputs", model.w.shape()[0]}}.dump();
}

models::DeepNet load_deep_net(const std::filesystem::path& path, const LoadDeepNetOptions& options,
                              std::source_location where) {
  const data::Origin origin{"load_deep_net", path, where};
  const TensorFile file = open_tensors(origin.who, path, where);
  const Json value = description_of(file, "DeepNet", origin);
  models::DeepNetOptions parts{.layers = layers_of(value, origin),
                               .activations = activations_of(value, options.activations, origin),
                               .init = init::zeros(),
                               .seed = seed_of(value, origin)};
  for (std::size_t l = 1; l < parts.layers.size(); ++l) {
    parts.dtype = dtype_of_weight(file, options.names.name_in_file(fmt::format("W{}", l)),
                                  {parts.layers[l], parts.layers[l - 1]}, origin);
  }
  models::DeepNet net = made(origin, [&] { return models::DeepNet{parts, where}; });
  const ValuesInFile values{named_state(net, where), TensorFileAccess::content(file), {.names = options.names}, origin};
  values.write();
  return net;
}

models::LogisticRegression load_logistic_regression(const std::filesystem::path& path, std::source_location where) {
  const data::Origin origin{"load_logistic_regression", path, where};
  const TensorFile file = open_tensors(origin.who, path, where);
  const Json value = description_of(file, "LogisticRegression", origin);
  const std::int64_t inputs = read_value(model_key, origin, [&] { return whole(value.at("inputs")); });
  const DType dtype = dtype_of_weight(file, "w", {inputs, 1}, origin);
  models::LogisticRegression model =
      made(origin, [&] { return models::LogisticRegression{{.inputs = inputs, .dtype = dtype}, where}; });
  ValuesInFile{named_state(model, where), TensorFileAccess::content(file), {}, origin}.write();
  return model;
}

}  // namespace capstan::io
