#include "model/load_into.hpp"

#include <set>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>

namespace capstan::io {

namespace {

using Place = detail::TensorFileContent::Place;

std::string row(std::string_view what, std::string_view name, std::string_view rest) {
  return fmt::format("\n  {} {}{}", what, data::excerpt(name), rest);
}

std::string describe_type(const Shape& shape, DType dtype) {
  return fmt::format("{} of {}", to_string(shape), name_of(dtype));
}

/// Compares model and file; every difference is a line of the error.
class Comparison {
 public:
  Comparison(const detail::TensorFileContent& file, const LoadOptions& options) : file_{file}, options_{options} {}

  /// The places of the model's tensors in the file.
  std::vector<const Place*> compare(const std::vector<NamedState>& state, const ValuesInFile::Which& which,
                                    const data::Origin& origin) {
    std::vector<const Place*> found;
    for (const NamedState& p : state) found.push_back(find(p));
    if (!options_.allow_left_over) list_left_over(which);
    if (faults_.empty()) return found;
    throw IoError{
        fmt::format("{}: the file must hold the tensors of the model, and does not\n  file: \"{}\"{}\n  at {}",
                    origin.who, origin.file.string(), faults_, place(origin.where))};
  }

 private:
  const Place* find(const NamedState& p) {
    const std::string name = options_.names.name_in_file(p.name);
    const Shape shape = options_.names.shape_in_file(p.name, p.tensor.shape());
    const DType dtype = p.tensor.dtype();
    const Place* const place = file_.find(name);
    const std::string wanted = fmt::format(", {} in the model{}", describe_type(shape, dtype),
                                           name == p.name ? "" : fmt::format(", where it is \"{}\"", p.name));
    if (place == nullptr) {
      faults_ += row("missing:", name, wanted);
      return nullptr;
    }
    if (!used_.insert(place).second) {
      faults_ += row("twice:", name, wanted);
      return nullptr;
    }
    const DType stored = read_as(place->entry.type);
    if (place->entry.shape != shape) {
      faults_ += row("another shape:", name, fmt::format(", {} in the file{}", to_string(place->entry.shape), wanted));
    } else if (stored != dtype) {
      faults_ +=
          row("another dtype:", name, fmt::format(", {} in the file{}", safetensors_name(place->entry.type), wanted));
    }
    return place;
  }

  void list_left_over(const ValuesInFile::Which& which) {
    for (const auto& place : file_.places) {
      if (used_.contains(&place) || (which && !which(place.entry.name))) continue;
      if (options_.names.passes_over(place.entry.name)) continue;
      faults_ +=
          row("left over:", place.entry.name,
              fmt::format(", {} of {} in the file", to_string(place.entry.shape), safetensors_name(place.entry.type)));
    }
  }

  const detail::TensorFileContent& file_;
  const LoadOptions& options_;
  std::set<const Place*> used_;
  std::string faults_;
};

}  // namespace

ValuesInFile::ValuesInFile(const std::vector<NamedState>& state, const detail::TensorFileContent& file,
                           const LoadOptions& options, const data::Origin& origin, const Which& which)
    : where_{origin.where} {
  const std::vector<const Place*> places = Comparison{file, options}.compare(state, which, origin);
  for (const Place* const place : places) file.verify(*place, origin.who, where_);
  values_.reserve(state.size());
  for (std::size_t i = 0; i < state.size(); ++i) {
    const StateTensor& member = state[i].tensor;
    const Tensor stored = file.tensor(*places[i], origin.who, where_);
    values_.push_back({member, stored.reshape(member.shape(), where_)});
  }
}

void ValuesInFile::write() const {
  for (const Value& value : values_) {
    StateTensor member = value.member;
    member.assign(value.tensor, where_);
  }
}

}  // namespace capstan::io
