// Takes  units.
// Gives  steps, with the locations of all that they read and write. Views become strides of their input. Where an op does not
//        take an operand as it lies, a step that copies the operand comes first. No buffer has an offset yet.
// After  fuse, because a value that stays within its group has no memory. Before stream, which looks for one matrix that is
//        read twice, and its transpose has other strides.

#include <boost/container/small_vector.hpp>

#include <capstan/tensor/sizes.hpp>
#include <capstan/tensor/storage.hpp>
#include <capstan/tensor/strided/join.hpp>

#include "plan/kinds.hpp"
#include "plan/passes.hpp"
#include "tape/leaf.hpp"

namespace capstan::plan {

namespace {

/// Strides along axes of one element do not matter.
bool is_row_major(const Shape& shape, const Strides& strides) {
  if (shape.elements() == 0) return true;
  const Strides expected = row_major(shape);
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    if (shape[i] != 1 && strides[i] != expected[i]) return false;
  }
  return true;
}

using Operands = boost::container::small_vector<Operand, 8>;

/// Appends steps and memory.
class StepWriter {
 public:
  explicit StepWriter(Program& program) : program_{program}, values_{program.values}, steps_{program.steps} {}

  void add_step(Step step, const Operands& operands) {
    step.first_operand = static_cast<std::uint32_t>(steps_.operands.size());
    step.operand_count = static_cast<std::uint32_t>(operands.size());
    steps_.operands.append({operands.data(), operands.size()});
    if (step.kind != Instruction::Kind::group && step.kind != Instruction::Kind::copy)
      steps_.locations[step.to.value] = step.to.at;
    steps_.all.push_back(step);
  }

  Location copy(const Operand& x) { return copy(x, row_major(*values_[x.value].shape)); }

  Location copy(const Operand& x, const Strides& strides) {
    Location to = new_location(x.value);
    set_strides(to, *values_[x.value].shape, strides);
    add_step({.kind = Instruction::Kind::copy, .computes = x.value, .to = {x.value, to}}, {x});
    return to;
  }

  /// Row-major memory for a value, or for a copy of it.
  Location new_location(ValueId v) {
    const auto bytes = static_cast<std::size_t>(values_[v].bytes());
    const std::uint32_t buffer = add_buffer(program_, steps_.buffers, steps_.buffer_bytes, bytes, v);
    if (values_[v].is_scalar()) {
      steps_.buffers[buffer].region = Region::scalars;
      steps_.buffers[buffer].offset = steps_.scalar_bytes;
      steps_.scalar_bytes += sizeof(Number);
    }
    return {.buffer = buffer};
  }

  /// Row-major strides are not written down.
  void set_strides(Location& at, const Shape& shape, const Strides& strides) {
    at.strides = none;
    if (is_row_major(shape, strides)) return;
    at.strides = static_cast<std::uint32_t>(steps_.strides.size());
    steps_.strides.push_back(strides);
  }

 private:
  Program& program_;
  const Values& values_;
  Steps& steps_;
};

class Layouter {
 public:
  explicit Layouter(Program& program)
      : program_{program}, values_{program.values}, steps_{program.steps}, to_{program} {}

  void lay() {
    steps_ = Steps{};
    steps_.locations.assign(values_.size(), Location{});
    steps_.all.reserve(program_.units.ends.size());
    steps_.operands.reserve(values_.inputs.size());
    met_.assign(values_.size(), none);
    for (ValueId v = 0; v < values_.size(); ++v) {
      if (values_[v].is_source) lay_source(v);
    }
    std::uint32_t begin = 0;
    for (const std::uint32_t end : program_.units.ends) {
      lay_unit(begin, end);
      begin = end;
    }
  }

 private:
  const Location& location(ValueId v) const { return steps_.locations[v]; }

  void lay_source(ValueId v) {
    const Value& value = values_[v];
    using Kind = External::Kind;
    const Kind kind = is_number(*value.op) ? Kind::number : is_leaf(*value.op) ? Kind::leaf : Kind::value;
    steps_.externals.push_back({kind, value.node});
    Location& at = steps_.locations[v];
    at.base = static_cast<std::uint32_t>(steps_.externals.size());
    if (kind == Kind::leaf) to_.set_strides(at, *value.shape, leaf_strides(values_.words_of(v)));
  }

  void lay_unit(std::uint32_t begin, std::uint32_t end) {
    const ValueId v = program_.units.members[begin];
    if (values_[v].is_accumulated) return;  // computed by the step of the sum
    if (const ValueId product = program_.accumulated[v]; product != none) {
      const auto operands = values_.inputs_of(v);
      lay_product(v, product, location(operands[0] == product ? operands[1] : operands[0]), true);
    } else if (values_.as<View>(v) != nullptr) {
      lay_view(v);
    } else if (values_.as<Elementwise>(v) != nullptr) {
      lay_group(begin, end);
    } else if (values_.as<Fold>(v) != nullptr) {
      const ValueId input = values_.inputs_of(v)[0];
      to_.add_step({.kind = Instruction::Kind::fold, .computes = v, .to = {v, to_.new_location(v)}},
                   {{input, location(input)}});
    } else if (values_.as<Contraction>(v) != nullptr) {
      lay_product(v, v, to_.new_location(v), false);
    } else {
      lay_call(v);
    }
    for (std::uint32_t i = begin; i < end; ++i) lay_output(program_.units.members[i]);
  }

  /// A view that the input's strides do not allow becomes one of a row-major copy, whose strides allow every view.
  void lay_view(ValueId v) {
    const Value& value = values_[v];
    const ValueId input = values_.inputs_of(v)[0];
    Location at = location(input);
    const View& view = *values_.as<View>(v);
    std::optional<Layout> result = view.through(layout_of(program_, {input, at}), *value.shape, values_.words_of(v));
    if (!result) {
      at = to_.copy({input, at});
      result = view.through(layout_of(program_, {input, at}), *value.shape, values_.words_of(v));
    }
    const Layout& lies = result.value();
    // An empty view lies nowhere, and offsets within it need not fit.
    if (value.shape->elements() > 0) at.offset += lies.offset * static_cast<std::int64_t>(size_of(value.dtype));
    to_.set_strides(at, *value.shape, lies.strides);
    steps_.locations[v] = at;
  }

  /// The operands are the values that the group reads from outside, each once.
  void lay_group(std::uint32_t begin, std::uint32_t end) {
    const PodVector<ValueId>& members = program_.units.members;
    Operands operands;
    for (std::uint32_t i = begin; i < end; ++i) met_[members[i]] = begin;
    for (std::uint32_t i = begin; i < end; ++i) {
      for (const ValueId input : values_.inputs_of(members[i])) {
        if (met_[input] == begin) continue;
        met_[input] = begin;
        const Location& at = location(input);
        const bool walks = at.strides == none || is_walkable(*values_[input].shape, steps_.strides[at.strides]);
        operands.push_back({input, walks ? at : to_.copy({input, at})});
      }
    }
    to_.add_step({.kind = Instruction::Kind::group,
                  .computes = members[end - 1],
                  .to = {},
                  .first_member = begin,
                  .member_count = end - begin},
                 operands);
    lay_results(begin, end, false);
    lay_results(begin, end, true);
  }

  /// Gives memory to those values of a group that leave it: reductions, or the others.
  void lay_results(std::uint32_t begin, std::uint32_t end, bool reductions) {
    for (std::uint32_t i = begin; i < end; ++i) {
      const ValueId v = program_.units.members[i];
      const bool is_reduction = values_.as<Fold>(v) != nullptr;
      if (is_reduction != reductions) continue;
      if (is_reduction || leaves_group(program_, v)) steps_.locations[v] = to_.new_location(v);
    }
  }

  void lay_product(ValueId v, ValueId product, const Location& to, bool accumulates) {
    const Contraction& contraction = *values_.as<Contraction>(product);
    const auto inputs = values_.inputs_of(product);
    const Operand a = factor(inputs[0], contraction.a), b = factor(inputs[1], contraction.b);
    to_.add_step({.kind = Instruction::Kind::product, .computes = product, .to = {v, to}, .accumulates = accumulates},
                 {a, b});
  }

  /// An input of a product as it lies, or a copy that lies as the factor may.
  Operand factor(ValueId input, const Contraction::Factor& roles) {
    const Operand x{input, location(input)};
    if (takes_any_layout(roles, values_[input].shape->rank())) return x;
    const Layout lies = layout_of(program_, x);
    return takes_layout(roles, lies.shape, lies.strides)
               ? x
               : Operand{input, to_.copy(x, strides_of_copy(roles, lies.shape))};
  }

  void lay_call(ValueId v) {
    const Call& call = *values_.as<Call>(v);
    const Location to = to_.new_location(v);
    Operands operands;
    for (const ValueId input : values_.inputs_of(v)) {
      const Operand x{input, location(input)};
      const std::size_t i = operands.size();
      const bool takes = x.at.strides == none || (i < call.takes.size() && call.takes[i] == Call::Takes::any);
      operands.push_back(takes ? x : Operand{input, to_.copy(x)});
    }
    to_.add_step({.kind = Instruction::Kind::call, .computes = v, .to = {v, to}}, operands);
  }

  /// An output must be row-major in memory of the plan that nothing else is written to until the run ends, and a single
  /// element by itself among the scalars. A view is copied for that; no other step reads the copy.
  void lay_output(ValueId v) {
    const Value& value = values_[v];
    if (!value.is_output) {
      if (value.is_scalar() && !value.is_view) steps_.scalars.push_back(v);
      return;
    }
    Location at = location(v);
    const bool is_apart = value.is_scalar() && at.buffer != none && steps_.buffers[at.buffer].region != Region::scalars;
    if (at.buffer == none || at.strides != none || is_apart) at = to_.copy({v, at});
    steps_.buffers[at.buffer].last_use = none;
    steps_.outputs.push_back({v, at});
  }

  Program& program_;
  const Values& values_;
  Steps& steps_;
  StepWriter to_;
  std::vector<std::uint32_t> met_;  ///< per value: where the last group begins that computes or reads it
};

}  // namespace

void lay(Program& program) { Layouter{program}.lay(); }

}  // namespace capstan::plan
