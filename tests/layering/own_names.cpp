// A user's program with `using namespace capstan;` and types of its own that have the names of the engine's:
// capstan::engine and capstan::detail keep those out of the way. An ambiguous name does not compile.
#include <capstan/capstan.hpp>
#include <capstan/graph/tape_graph.hpp>

using namespace capstan;

// What kernels and ops are made of.
struct Array {};
struct ArrayType {};
struct Layout {};
struct Word {};
struct ElementwiseKernel {};
struct Op {};
struct OpOf {};
struct CallOp {};
struct CallArguments {};
struct Signature {};
struct Rule {};
struct Traits {};
struct Recompute {};
struct Types {};
struct Computation {};
struct Kind {};
struct Elementwise {};
struct View {};
struct Fold {};
struct Contraction {};
struct Call {};
struct Composite {};
struct Named {};

// The inside of tensors and tapes.
struct Storage {};
struct StoragePtr {};
struct Elements {};
struct Integer {};
struct Integers {};
struct IntegerRange {};
struct TensorAccess {};
struct BlockFunction {};
struct Recorder {};
struct Recording {};
struct TapeHome {};
struct TapeMark {};
struct TapeState {};
struct TapeStatePtr {};
struct DeleteTapeState {};
struct CustomDefinition {};
struct RowGradient {};
struct TapeEdgeIndex {};
struct TapeVertexIndex {};

// What operators and printing are made of.
struct Partner {};
struct Located {};
struct Unrecorded {};
struct Recorded {};
struct IsParameter {};
struct Printed {};

// The names of functions and constants.
enum Function : int {
  add_sizes,
  aligned,
  block_alignment,
  broadcast,
  bytes_of,
  from_words,
  input_of,
  literals_hint,
  most_bytes,
  multiply_sizes,
  normalise_axis,
  op_of,
  parallel_for,
  philox,
  place,
  printable,
  record,
  refusal,
  reshape_strides,
  row_major,
  run_blocks,
  to_words,
  write_text,
};

template <class... T>
constexpr int count() {
  return static_cast<int>(sizeof...(T));
}

constexpr int types =
    count<Array, ArrayType, Layout, Word, ElementwiseKernel, Op, OpOf, CallOp, CallArguments, Signature, Rule, Traits,
          Recompute, Types, Computation, Kind, Elementwise, View, Fold, Contraction, Call, Composite, Named>() +
    count<Storage, StoragePtr, Elements, Integer, Integers, IntegerRange, TensorAccess, BlockFunction, Recorder,
          Recording, TapeHome, TapeMark, TapeState, TapeStatePtr, DeleteTapeState, CustomDefinition, RowGradient,
          TapeEdgeIndex, TapeVertexIndex>() +
    count<Partner, Located, Unrecorded, Recorded, IsParameter, Printed>();

constexpr Function functions[] = {
    add_sizes,       aligned,        block_alignment, broadcast, bytes_of, from_words, input_of,   literals_hint,
    most_bytes,      multiply_sizes, normalise_axis,  op_of,     place,    philox,     printable,  parallel_for,
    reshape_strides, row_major,      run_blocks,      record,    refusal,  to_words,   write_text,
};

int main() {
  Tape tape;
  const Var x = tape.variable(Tensor::scalar(2.0));
  return types == 48 && functions[0] == add_sizes && (1.0 + x * -x).item() == -3.0 ? 0 : 1;
}
