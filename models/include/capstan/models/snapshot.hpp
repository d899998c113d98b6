// Snapshot: the numbers of a model, to go back to later. A copy of a model copies handles, so `best = net` keeps nothing:
// both train the same numbers.
//
//   Snapshot best = snapshot(net);   // whenever the validation cost is the least so far
//   restore(net, best);              // after training
#pragma once

#include <cstddef>
#include <source_location>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <capstan/models/visit.hpp>
#include <capstan/tensor/tensor.hpp>

namespace capstan {

/// The values of parameters and buffers under their names, in memory of their own, so that training the model does not change them.
class Snapshot {
 public:
  /// A name and a value.
  struct Entry {
    std::string name;
    Tensor value;
  };

  /// Without values.
  Snapshot() = default;
  /// Copies the values.
  explicit Snapshot(const std::vector<NamedState>& state);

  // In the order in which `visit` shows them.
  std::size_t size() const noexcept { return entries_.size(); }
  std::span<const Entry> entries() const noexcept { return entries_; }

  /// Writes the values back. ValueError, ShapeError, DTypeError as `restore`.
  void write_to(const std::vector<NamedState>& state, const std::source_location& where) const;

 private:
  std::vector<Entry> entries_;
};

/// Copies the numbers of every parameter and buffer that `visit` shows, one that is shown in two places once.
///
/// Throws    ValueError as named_state.
template <Visitable Model>
Snapshot snapshot(const Model& model, std::source_location where = std::source_location::current()) {
  return Snapshot{named_state(model, where)};
}

/// Writes the numbers of a snapshot into the parameters and buffers of the same names, as their
/// assign does: a tape notices. The
/// model may be another one of the same parts, such as a new one of the same options.
///
/// Throws    ValueError if model and snapshot have not the same names, naming the first that only one has; ShapeError and
///           DTypeError for one whose shape or dtype differs. Nothing is written then.
template <Visitable Model>
  requires(!std::is_const_v<Model>)
void restore(Model& model, const Snapshot& numbers, std::source_location where = std::source_location::current()) {
  numbers.write_to(named_state(model, where), where);
}

}  // namespace capstan
