// Models in files: any struct with `visit` is saved and loaded by the names of its parameters, in the safetensors format.
//
//   io::save(net, "net.safetensors", {.metadata = {{"trained on", "Fashion-MNIST"}}});
//   io::load(net, "net.safetensors");                                     // into a net of the same parts
//   const models::DeepNet again = io::load_deep_net("net.safetensors");   // or made anew: the file says of what
#pragma once

#include <filesystem>
#include <optional>
#include <source_location>
#include <string>
#include <type_traits>
#include <vector>

#include <capstan/data/dataset.hpp>
#include <capstan/data/standardise.hpp>
#include <capstan/io/names.hpp>
#include <capstan/io/tensors.hpp>
#include <capstan/models/activation.hpp>
#include <capstan/models/deep_net.hpp>
#include <capstan/models/logistic_regression.hpp>
#include <capstan/models/visit.hpp>

namespace capstan::io {

/// What is saved with a model, and under which names.
struct SaveOptions {
  Metadata metadata = {};  ///< names that begin with "capstan." are the library's
  Names names = {};
  /// What the net's inputs go through first, to be found again by load_preparation. Both must live as long as the call.
  const data::Standardiser* standardiser = nullptr;
  const data::Dataset* data = nullptr;  ///< of which the names of features and classes, and the columns, are kept
};

/// How the tensors of a file are matched with the parameters and buffers of a model.
struct LoadOptions {
  Names names = {};
  bool allow_left_over = false;  ///< whether the file may hold tensors that the model does not have
  /// Take the file's checksums for none: of a file that another program wrote anew and whose metadata it kept.
  bool ignore_checksums = false;
};

namespace detail {

struct ModelToSave {
  std::vector<NamedState> state;
  std::string description;  // of what a builder made it; empty for other models
};

// What a builder was made of, as JSON. ValueError for an activation whose name is no UTF-8.
std::string describe(const models::DeepNet& net, const std::source_location& where);
std::string describe(const models::LogisticRegression& model, const std::source_location& where);

void save(const ModelToSave& model, const std::filesystem::path& path, const SaveOptions& options,
          const std::source_location& where);
void load(const std::vector<NamedState>& state, const std::filesystem::path& path, const LoadOptions& options,
          const std::source_location& where);

}  // namespace detail

/// Writes the parameters and buffers of a model under their names. Of a DeepNet or LogisticRegression, the file also says what it was
/// made of. It takes the place of an old file as a whole: until then the old one stays, and also if this throws.
///
/// Throws    IoError, naming the call of the system that failed; ValueError as named_state, for names and metadata
///           that are no UTF-8, and for metadata that begins with "capstan.".
template <Visitable Model>
void save(const Model& model, const std::filesystem::path& path, const SaveOptions& options = {},
          std::source_location where = std::source_location::current()) {
  detail::ModelToSave found{named_state(model, where), {}};
  if constexpr (requires { detail::describe(model, where); }) {
    found.description = detail::describe(model, where);
  }
  detail::save(found, path, options, where);
}

/// Writes the numbers of a file – or of a set of files, by its index – into the parameters and buffers of
/// the same names, as their assign does: a tape notices. f16 and bf16 are read as f32.
///
/// Throws    IoError: what load_safetensors throws; a checksum that is not right; and all parameters and buffers that the file lacks,
///           tensors that the model lacks, shapes and dtypes that differ, in one list. Nothing is written then.
/// Memory    none beside the model, but for a copy of what has to be converted.
template <Visitable Model>
  requires(!std::is_const_v<Model>)
void load(Model& model, const std::filesystem::path& path, const LoadOptions& options = {},
          std::source_location where = std::source_location::current()) {
  detail::load(named_state(model, where), path, options, where);
}

struct LoadDeepNetOptions {
  std::vector<Activation> activations = {};  ///< of your own, which the file knows by name only
  Names names = {};                          ///< that the net was saved with
};

/// The DeepNet that was saved: layers, activations and seed stand in the file. Its `options().init` is init::zeros().
///
/// Throws    IoError as `load`; for a file that holds another model or none; and for an activation that is neither the
///           library's nor among those given.
models::DeepNet load_deep_net(const std::filesystem::path& path, const LoadDeepNetOptions& options = {},
                              std::source_location where = std::source_location::current());

/// The LogisticRegression that was saved. Throws as load_deep_net.
models::LogisticRegression load_logistic_regression(const std::filesystem::path& path,
                                                    std::source_location where = std::source_location::current());

/// What a model's inputs went through before it was trained.
struct Preparation {
  std::optional<data::Standardiser> standardiser = {};
  /// A set without examples that knows the names of features and classes, and the columns: read another file of the same
  /// columns by `data::load_csv(path, {.like = *preparation.data})`.
  std::optional<data::Dataset> data = {};
};

/// What SaveOptions gave the file. Throws IoError as load_safetensors, and for what is not as `save` writes it.
Preparation load_preparation(const std::filesystem::path& path,
                             std::source_location where = std::source_location::current());

}  // namespace capstan::io
