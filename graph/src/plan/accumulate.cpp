// Takes  values.
// Gives  `accumulated`: the sums in which one operand, a product, is added to the other one in its memory. The product must
//        add with the bits of adding it afterwards, and only the sum may read either operand.
// Before fuse, because such a sum is a product then, and no member of a group.

#include <capstan/graph/algebra.hpp>

#include "plan/kinds.hpp"
#include "plan/passes.hpp"

namespace capstan::plan {

namespace {

class Accumulator {
 public:
  explicit Accumulator(Program& program) : values_{program.values}, accumulated_{program.accumulated} {}

  void find() {
    accumulated_.assign(values_.size(), none);
    for (ValueId v = 0; v < values_.size(); ++v) {
      if (!is_sum_of_own_kind(v)) continue;
      if (readers_.empty()) count_readers();
      const auto operands = values_.inputs_of(v);
      if (can_be_added(operands[1]) && can_be_added_to(operands[0])) {
        mark(v, operands[1]);
      } else if (can_be_added(operands[0]) && can_be_added_to(operands[1])) {
        mark(v, operands[0]);
      }
    }
  }

 private:
  void mark(ValueId sum, ValueId product) {
    accumulated_[sum] = product;
    values_.all[product].is_accumulated = true;
  }

  /// True if v is an addition of two values of its own shape.
  bool is_sum_of_own_kind(ValueId v) const {
    if (values_[v].op != &addition_ || values_[v].is_source) return false;
    const auto operands = values_.inputs_of(v);
    return operands[0] != operands[1] && values_[operands[0]].shape == values_[v].shape &&
           values_[operands[1]].shape == values_[v].shape;
  }

  void count_readers() {
    readers_.assign(values_.size(), 0);
    for (const ValueId input : values_.inputs) ++readers_[input];
  }

  /// True if only the addition that reads the value needs it.
  bool ends_here(ValueId v) const { return !values_[v].is_source && !values_[v].is_output && readers_[v] == 1; }

  bool can_be_added(ValueId v) const {
    if (!ends_here(v)) return false;
    const auto* const product = values_.as<Contraction>(v);
    if (product == nullptr) return false;
    const auto factors = values_.inputs_of(v);
    return adds_in_place(sizes_of(*product, *values_[factors[0]].shape, *values_[factors[1]].shape));
  }

  /// A value that a group computes is better added in the group, where it is in a tile buffer.
  bool can_be_added_to(ValueId v) const {
    return ends_here(v) && !values_[v].is_view && (values_[v].kind() != Kind::elementwise || accumulated_[v] != none);
  }

  Values& values_;
  PodVector<ValueId>& accumulated_;
  const Op& addition_ = addition();
  PodVector<std::uint32_t> readers_;  ///< per value
};

}  // namespace

void accumulate(Program& program) { Accumulator{program}.find(); }

}  // namespace capstan::plan
