#include "plan/recompute/recompute.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace capstan::plan {

namespace {

class Recomputer {
 public:
  Recomputer(const Program& program, const RecomputedFor& reader)
      : from_{program.values}, reader_{reader}, made_{*program.request} {}

  Program make() {
    first_.resize(from_.size());
    copies_.assign(from_.size(), none);
    for (ValueId v = 0; v < from_.size(); ++v) {
      const bool is_backward = from_[v].is_backward;
      if (v == from_.first_backward) to_.first_backward = to_.size();
      if (is_backward) {
        for (const ValueId input : from_.inputs_of(v)) copy(input);
      }
      first_[v] = push(v, [&](ValueId input) { return is_backward && reader_[input] != not_recomputed; });
    }
    if (from_.first_backward == from_.size()) to_.first_backward = to_.size();
    for (const ValueId v : from_.wanted) to_.wanted.push_back(first_[v]);
    return std::move(made_);
  }

 private:
  /// Appends v once more, with copies of those of its inputs that it is to take so.
  template <class TakesCopy>
  ValueId push(ValueId v, TakesCopy takes_copy) {
    Value value = from_[v];
    value.is_accumulated = false;
    value.first_input = static_cast<std::uint32_t>(to_.inputs.size());
    value.first_word = static_cast<std::uint32_t>(to_.words.size());
    for (const ValueId input : from_.inputs_of(v))
      to_.inputs.push_back(takes_copy(input) ? copies_[input] : first_[input]);
    to_.words.append(from_.words_of(v));
    to_.computations.push_back(from_.computations[v]);
    to_.all.push_back(value);
    return to_.size() - 1;
  }

  /// Appends copies of the value and of what it is recomputed from, in their order.
  void copy(ValueId wanted) {
    if (reader_[wanted] == not_recomputed || copies_[wanted] != none) return;
    const std::uint32_t reader = reader_[wanted];
    std::vector<ValueId> missing{wanted};
    copies_[wanted] = wanted;  // it is in the list
    for (std::size_t k = 0; k < missing.size(); ++k) {
      for (const ValueId input : from_.inputs_of(missing[k])) {
        if (reader_[input] != reader || copies_[input] != none) continue;
        copies_[input] = input;
        missing.push_back(input);
      }
    }
    std::sort(missing.begin(), missing.end());
    for (const ValueId v : missing) {
      copies_[v] = push(v, [&](ValueId input) { return reader_[input] == reader; });
      to_.all[copies_[v]].is_recomputed = true;
      to_.all[copies_[v]].is_output = false;
    }
  }

  const Values& from_;
  const RecomputedFor& reader_;
  Program made_;
  Values& to_ = made_.values;
  PodVector<ValueId> first_, copies_;  ///< per value of the program that was
};

/// Drops the values that nothing wanted is computed from: a value that only backward reads may have been recomputed.
void drop_unneeded(Values& values) {
  PodVector<ValueId> number;
  number.assign(values.size(), none);
  for (const ValueId v : values.wanted) number[v] = 0;
  for (ValueId v = values.size(); v-- > 0;) {
    if (number[v] == none) continue;
    for (const ValueId input : values.inputs_of(v)) number[input] = 0;
  }
  Values kept;
  kept.first_backward = none;
  for (ValueId v = 0; v < values.size(); ++v) {
    if (v == values.first_backward) kept.first_backward = kept.size();
    if (number[v] == none) continue;
    number[v] = kept.size();
    Value value = values[v];
    value.first_input = static_cast<std::uint32_t>(kept.inputs.size());
    for (const ValueId input : values.inputs_of(v)) kept.inputs.push_back(number[input]);
    kept.computations.push_back(values.computations[v]);
    kept.all.push_back(value);
  }
  if (kept.first_backward == none) kept.first_backward = kept.size();
  for (const ValueId v : values.wanted) kept.wanted.push_back(number[v]);
  kept.words = std::move(values.words);
  values = std::move(kept);
}

}  // namespace

Program recompute(const Program& program, const RecomputedFor& reader) {
  Program made = Recomputer{program, reader}.make();
  drop_unneeded(made.values);
  check_bytes(made);
  return made;
}

}  // namespace capstan::plan
