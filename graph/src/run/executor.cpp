// The executor: runs a plan's instructions one after the other.

#include <capstan/kernels/fold/fold.hpp>
#include <capstan/tensor/strided/copy.hpp>
#include "plan/plan.hpp"

namespace capstan {

namespace {

void execute_fold(Plan& plan, const Instruction& made) {
  FoldTask& fold = plan.folds[made.detail];
  void* const* const pointers = plan.pointers.data() + made.first_pointer;
  fold.x.data = pointers[0];
  fold.y.data = pointers[1];
  kernels::reduce(fold.folding, fold.x, fold.y, pointers[2], plan.threads);
}

void execute_product(const Plan& plan, const Instruction& made) {
  void* const* const pointers = plan.pointers.data() + made.first_pointer;
  plan.products[made.detail].run(pointers[0], pointers[1], pointers[2], made.accumulate, pointers[3]);
}

/// `where` is the user's line in this repetition; the plan may have been made in an earlier one.
void execute_call(Plan& plan, const Instruction& made, std::source_location where) {
  Array* const arrays = plan.arrays.data() + made.detail;
  void* const* const pointers = plan.pointers.data() + made.first_pointer;
  for (std::uint32_t i = 0; i <= made.input_count; ++i) arrays[i].data = pointers[i];
  static_cast<const CallOp*>(made.op)->run({.inputs = {arrays, made.input_count},
                                            .output = arrays[made.input_count],
                                            .words = {plan.words.data() + made.first_word, made.word_count},
                                            .scratch = pointers[made.input_count + 1],
                                            .where = where,
                                            .threads = plan.threads});
}

void execute_copy(const Plan& plan, const Instruction& made) {
  const Array& from = plan.arrays[made.detail];
  const Array& to = plan.arrays[made.detail + 1];
  if (to.shape.elements() == 0) return;
  void* const* const pointers = plan.pointers.data() + made.first_pointer;
  strided_copy(size_of(from.dtype), from.shape, pointers[0], from.strides, pointers[1], to.strides, plan.threads);
}

void execute_instruction(Plan& plan, const Instruction& made, const Recording& recording) {
  switch (made.kind) {
    case Instruction::Kind::group:
      run_group(plan.groups, plan.groups.groups[made.detail], plan.pointers.data() + made.first_pointer,
                plan.words.data(), plan.threads);
      break;
    case Instruction::Kind::fold:
      execute_fold(plan, made);
      break;
    case Instruction::Kind::product:
      execute_product(plan, made);
      break;
    case Instruction::Kind::call:
      execute_call(plan, made, recording.line(made.node));
      break;
    case Instruction::Kind::copy:
      execute_copy(plan, made);
      break;
    case Instruction::Kind::stream:
      run_stream(plan.groups, plan.streams[made.detail], plan.pointers.data(), plan.words.data(), plan.threads);
      break;
  }
}

}  // namespace

void execute(Plan& plan, const Recording& recording) {
  for (const Instruction& made : plan.instructions) execute_instruction(plan, made, recording);
}

}  // namespace capstan
