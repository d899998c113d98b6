// Takes  steps.
// Gives  a draft: an instruction for each step, with all that the executor needs to know to run it, and the buffers that
//        its pointers point into. Tile buffers and scratch are buffers too.
// Before place, because a buffer lives from the first to the last instruction that points into it.

#include <utility>

#include <capstan/kernels/fold/fold.hpp>

#include "plan/emit/emission.hpp"
#include "plan/emit/stream_shape.hpp"
#include "plan/kinds.hpp"
#include "plan/passes.hpp"

namespace capstan::plan {

namespace {

Array operand_array(const Emission& e, const Step& step, std::size_t i) {
  return array_of(e.program(), e.program().steps.operands_of(step)[i]);
}

Instruction emit_fold(Emission& e, const Step& step) {
  const FoldTask fold{folding_of(*e.values().as<Fold>(step.computes)), operand_array(e, step, 0),
                      array_of(e.program(), step.to)};
  Instruction made = e.begin(step);
  made.detail = static_cast<std::uint32_t>(e.plan().folds.size());
  e.plan().folds.push_back(fold);
  e.point_all(made, step);
  e.point_scratch(made, kernels::reduce_scratch(fold.folding, fold.x, fold.y, e.threads()), step.computes);
  return made;
}

/// The pointer to its scratch is the caller's.
Instruction emit_product(Emission& e, const Step& step) {
  Instruction made = e.begin(step);
  made.node = e.values()[step.to.value].node;
  made.detail = static_cast<std::uint32_t>(e.plan().products.size());
  e.plan().products.push_back(product_task(*e.values().as<Contraction>(step.computes), operand_array(e, step, 0),
                                           operand_array(e, step, 1), e.threads()));
  e.point_all(made, step);
  return made;
}

Instruction emit_call(Emission& e, const Step& step) {
  Instruction made = e.begin(step);
  made.detail = static_cast<std::uint32_t>(e.plan().arrays.size());
  for (std::size_t i = 0; i < step.operand_count; ++i) e.plan().arrays.push_back(operand_array(e, step, i));
  e.plan().arrays.push_back(array_of(e.program(), step.to));
  e.plan().words.append(e.values().words_of(step.computes));
  e.point_all(made, step);
  const Call& call = *e.values().as<Call>(step.computes);
  const std::size_t workers = multiply_sizes(aligned(call.worker_bytes), static_cast<std::size_t>(e.threads()));
  e.point_scratch(made, workers == 0 ? call.scratch_bytes : add_sizes(aligned(call.scratch_bytes), workers),
                  step.computes);
  return made;
}

Instruction emit_copy(Emission& e, const Step& step) {
  Instruction made = e.begin(step);
  made.detail = static_cast<std::uint32_t>(e.plan().arrays.size());
  e.plan().arrays.push_back(operand_array(e, step, 0));
  e.plan().arrays.push_back(array_of(e.program(), step.to));
  e.point_all(made, step);
  return made;
}

/// The three parts have their pointers one after the other, as if they were instructions.
Instruction emit_stream(Emission& e, const Step& step) {
  const Step* const steps = e.program().steps.streamed.data() + step.first_member;
  const Instruction first = emit_product(e, steps[0]), group = emit_group(e, steps[1], true);
  Instruction second = emit_product(e, steps[2]);
  const kernels::ProductTask &front = e.plan().products[first.detail], &back = e.plan().products[second.detail];
  Stream stream = shape_stream(front.matrix_vector().value(), back.matrix_vector().value(), front.layout().dtype,
                               e.plan().groups.groups[group.detail].lanes);
  e.point_scratch(second, stream.scratch_bytes, step.computes);
  stream.parts = {first, group, second};
  Instruction made = second;
  made.kind = Instruction::Kind::stream;
  made.first_pointer = first.first_pointer;
  made.pointer_count = first.pointer_count + group.pointer_count + second.pointer_count;
  made.detail = static_cast<std::uint32_t>(e.plan().streams.size());
  e.plan().streams.push_back(stream);
  return made;
}

Instruction emit_step(Emission& e, const Step& step) {
  switch (step.kind) {
    case Instruction::Kind::group:
      return emit_group(e, step, false);
    case Instruction::Kind::fold:
      return emit_fold(e, step);
    case Instruction::Kind::product: {
      Instruction made = emit_product(e, step);
      e.point_scratch(made, e.plan().products[made.detail].scratch_bytes(), step.computes);
      return made;
    }
    case Instruction::Kind::call:
      return emit_call(e, step);
    case Instruction::Kind::copy:
      return emit_copy(e, step);
    case Instruction::Kind::stream:
      break;
  }
  return emit_stream(e, step);
}

}  // namespace

Draft emit(Program& program) {
  Draft draft;
  Emission emission{program, draft};
  for (const Step& step : program.steps.all) emission.append(emit_step(emission, step));
  emission.finish();
  return draft;
}

}  // namespace capstan::plan
