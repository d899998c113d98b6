// TapeState: the recordings of a tape, the head that moves over the present one, and the values computed so far.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <capstan/graph/gradients.hpp>
#include <capstan/graph/op.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/threads.hpp>

#include "plan/plan.hpp"
#include "run/block_pool.hpp"
#include "tape/recording.hpp"
#include "tape/stamped_map.hpp"

namespace capstan {

struct ShapeHash {
  std::size_t operator()(const Shape& shape) const noexcept {
    std::size_t hash = shape.rank();
    for (const std::int64_t extent : shape) hash = hash * 0x100000001B3u + static_cast<std::size_t>(extent);
    return hash;
  }
};

class TapeState {
 public:
  explicit TapeState(const TapeOptions& options);

  // Recording (record.cpp).
  Var record(const Op& op, std::span<const Operand* const> operands, std::span<const Word> words,
             std::source_location where);
  Var record_custom(const std::shared_ptr<const CustomDefinition>& definition, std::span<const Operand* const> operands,
                    std::source_location where);
  Var constant(const Tensor& value, std::source_location where) { return leaf(constant_leaf(), value, where); }
  Var variable(const Tensor& value, std::string_view name, std::source_location where);
  Var parameter(const Parameter& p, std::source_location where);
  Var number(double value, DType dtype, std::source_location where);
  void rewind(std::source_location where);
  TapeMark mark() const noexcept {
    return {head_, static_cast<NodeId>(now_->nodes.size()), static_cast<std::uint32_t>(runs_.size()), now_};
  }
  void roll_back(const TapeMark& mark) noexcept;

  // Gradients (sweep.cpp).
  Gradients backward(const Var& loss, std::source_location where);
  Var gradient(const Var& y, const Var& x, const Var* dy, std::source_location where);

  // Values (run.cpp).
  Tensor value(const Var& x, std::source_location where);
  /// Of one element.
  double item(const Var& x, std::source_location where);
  void keep(const Var& x, std::source_location where);

  // Reading (tape_state.cpp).
  NodeId size() const noexcept { return head_; }
  /// Since the last rewind.
  std::vector<const Plan*> plans_run() const;
  const Node& node(NodeId id) const noexcept { return now_->nodes[id]; }
  const Recording& recording() const noexcept { return *now_; }
  const TapeOptions& options() const noexcept { return options_; }
  std::string_view name(NodeId id) const;
  std::string describe(NodeId id) const;
  Var var(NodeId id) noexcept { return {home(), id}; }
  TapeHome& home() const noexcept { return *(reinterpret_cast<TapeHome*>(const_cast<TapeState*>(this)) - 1); }
  /// Throws StaleVarError, naming what was attempted, if x is of an earlier recording.
  void check(const Var& x, std::string_view what, std::source_location where) const {
    if (!is_current(x)) refuse(x, what, where);
  }
  bool is_current(const Var& x) const noexcept { return x.generation() == generation_ && x.state() == this; }
  [[noreturn]] static void refuse_stale(const Var& x, std::string_view what, std::source_location where);

 private:
  [[noreturn]] void refuse(const Var& x, std::string_view what, std::source_location where) const;

  /// Which function of the user's is being called; none can use the tape.
  enum class Busy : std::uint8_t { no, inferring, computing };
  [[noreturn]] void refuse_busy(std::string_view what, std::source_location where) const;
  /// While it lives, a function runs that cannot use the tape. Recording looks at `rule_where_` alone.
  class Calling {
   public:
    Calling(TapeState& tape, Busy what) noexcept : tape_{tape}, rule_{tape.rule_where_} {
      tape.busy_ = what;
      tape.rule_where_ = &tape.rule_line_;
    }
    Calling(const Calling&) = delete;
    Calling& operator=(const Calling&) = delete;
    ~Calling() {
      tape_.busy_ = Busy::no;
      tape_.rule_where_ = rule_;
    }

   private:
    TapeState& tape_;
    const std::source_location* rule_;
  };

  /// Memory that a plan filled, and its version then: users may write into tensors that look at it.
  struct Filled {
    StoragePtr storage;
    std::uint64_t version = 0;
  };
  using RunMemory = std::array<Filled, region_count>;
  struct Run {
    std::shared_ptr<Plan> plan;  // its values are found by it also when the recording has forgotten it
    RunMemory memory;
    NodeId end = no_node;  ///< values of this node and those after it were taken back with a refused op
  };
  struct Computed {
    std::uint32_t run;
    bool shared;          ///< another value shares bytes with it
    bool small;           ///< as of a plan's output
    std::int64_t offset;  ///< in the run's memory
  };

  static constexpr std::size_t most_gradient_sets = 8;

  static std::uint32_t next_generation() noexcept;
  void begin_generation() noexcept;
  static const Op& constant_leaf() noexcept;
  template <class Named, class Append>
  Var record_operands(const Named& op, std::span<const Operand* const> operands, std::source_location where,
                      Append append);
  Var leaf(const Op& kind, const Tensor& value, std::source_location where);
  NodeId append(const NodeKey& key, std::source_location where);
  /// Moves the head over a node that is recorded again.
  NodeId pass(std::source_location where) {
    now_->nodes[head_].where = rule_where_ == nullptr ? where : line_of_rule(where);
    return head_++;
  }
  /// The line under which a gradient rule records. No other function of the user's may record.
  std::source_location line_of_rule(std::source_location where) const {
    if (busy_ != Busy::no) refuse_busy("record", where);
    return *rule_where_;
  }
  NodeId append_custom(const std::shared_ptr<const CustomDefinition>& definition, std::span<const NodeId> inputs,
                       std::source_location where);
  bool bind_custom(const Node& n, const std::shared_ptr<const CustomDefinition>& definition,
                   std::source_location where);
  ArrayType infer(const NodeKey& key, std::source_location where);
  NodeId append_new(const NodeKey& key, std::source_location where);
  bool repeats(const Parameter& p) const noexcept;
  bool is_node_of(NodeId id, const Parameter& p) const noexcept;
  NodeId operand(const Operand& operand, std::span<const Operand* const> all, std::source_location where);
  bool switch_recording(const NodeKey& key, const ArrayType& type);
  Recording* find_recording(const NodeKey& key, const ArrayType& type) const noexcept;
  Recording& empty_recording();
  const Shape* intern(const Shape& shape, const NodeKey& key);

  const GradientSegment& segment(NodeId y, NodeId x, NodeId dy, std::source_location where);
  GradientSegment* find_segment(NodeId begin, NodeId y, NodeId x, NodeId dy) noexcept;
  const GradientSegment& keep_segment(GradientSegment&& made);
  GradientSegment record_segment(NodeId y, NodeId x, NodeId dy, std::source_location where);
  void mark_reach(NodeId y, NodeId x);
  void sweep(NodeId y, NodeId seed);
  void apply_rule(NodeId id);
  Var fit_to_input(NodeId id, NodeId input, const Var& dx);
  void check_differentiable(const Var& y, std::string_view what, std::source_location where) const;
  static void mark_shared(GradientSegment& segment);
  void show_gradient(const GradientSegment::Result& result, Tensor& dx, std::source_location where);
  Gradients collect(const GradientSegment& segment, std::source_location where);

  const Computed& read(NodeId id, std::source_location where);
  void compute(std::span<const NodeId> wanted, std::source_location where);
  void find_missing(std::span<const NodeId> wanted);
  bool note_singles();
  std::shared_ptr<Plan> find_plan();
  std::shared_ptr<Plan> new_plan(std::source_location where);
  const GradientSegment* last_gradients() const;
  std::size_t budget() const noexcept;
  [[noreturn]] void refuse_budget(std::size_t least, std::source_location where) const;
  bool runnable(const Plan& plan) const noexcept;
  static void mark_shared_outputs(Plan& plan);
  static void mark_small_outputs(Plan& plan) noexcept;
  void note_runs();
  bool computes_much_again() noexcept;
  void keep_for_later_runs(const Plan& plan);
  int threads_limit() const noexcept { return options_.threads == 0 ? threads() : options_.threads; }
  void run(const std::shared_ptr<Plan>& plan, std::source_location where);
  void note_outputs(std::uint32_t run) noexcept;
  /// Where the value of a node lies; null where it is not computed.
  const Computed* find_value(NodeId id) const noexcept {
    const Computed* const found = values_.find(id);
    return found != nullptr && id < runs_[found->run].end ? found : nullptr;
  }
  void check_versions(const Plan& plan, std::source_location where) const;
  bool is_written(NodeId id) const noexcept {
    const Leaf& leaf = now_->leaves[node(id).detail];
    return leaf.value.version() != leaf.version;
  }
  [[noreturn]] void refuse_written(NodeId leaf, std::source_location where) const;
  const Filled& check_filled(NodeId id, const Computed& computed, std::source_location where) const;
  StoragePtr take_memory(std::size_t region, std::size_t bytes);
  static Filled fill(StoragePtr memory) {
    const std::uint64_t version = memory->version();
    return {std::move(memory), version};
  }
  void bind(Plan& plan, const RunMemory& memory) const;
  std::byte* base_of(const External& external) const;
  const Filled& filled(const Computed& computed) const noexcept;
  Tensor tensor(NodeId id, const Computed& computed, std::source_location where) const;
  Tensor own_tensor(const void* elements, const Shape& shape, const Strides& strides, DType dtype);
  Tensor own_tensor(const Tensor& x) { return own_tensor(x.raw(), x.shape(), x.strides(), x.dtype()); }
  Tensor read_leaf(NodeId id, std::source_location where);
  void give_back_memory();
  void note_collected(const Run& run) const noexcept;

  TapeOptions options_;
  std::uint32_t generation_ = 0;  ///< of the Vars since the last rewind; no two recordings of the process have the same
  NodeId head_ = 0;
  std::uint64_t clock_ = 0;  ///< counts changes of recording, for finding the one unused for longest
  std::vector<std::unique_ptr<Recording>> recordings_;
  Recording* now_;
  std::unordered_set<Shape, ShapeHash> shapes_;  ///< element addresses are stable
  StampedMap<const void*, NodeId> parameters_;   ///< of this recording, by identity

  const std::source_location* rule_where_ = nullptr;  ///< while a function of an op runs: the line of its node
  std::source_location rule_line_{};
  PodVector<NodeId> adjoints_;  ///< sweep: the gradient of each node so far
  std::vector<Var> dx_;         ///< sweep: what the rule at hand answers
  PodVector<bool> reach_;       ///< sweep: whether a wanted leaf leads here
  bool may_change_ = false;     ///< sweep: whether a rule that may change was asked
  bool literals_ = false;       ///< whether numbers are recorded as literals: by rules that always answer the same
  Busy busy_ = Busy::no;

  std::vector<Run> runs_;                ///< since the last rewind
  Positions positions_;                  ///< memory for the planner
  StampedMap<NodeId, Computed> values_;  ///< since the last rewind; read by find_value
  std::vector<NodeId> wanted_;
  std::vector<NodeId> missing_;                ///< wanted and not computed
  std::array<BlockPool, region_count> pools_;  ///< of the regions of plans
  BlockPool kept_;                             ///< of what is copied
  std::vector<StoragePtr> copies_;             ///< since the last rewind; from kept_
  PodVector<std::uint32_t> computed_in_;       ///< the generation in which a node was last known to be computed
  std::size_t runs_known_ = 0;                 ///< so many of runs_ are entered there
  int computed_again_ = 0;         ///< how often since the last rewind a plan was made for what was computed before
  std::size_t singles_known_ = 0;  ///< the single elements of so many of runs_ are among values_
  std::size_t bytes_run_ = 0;      ///< blocks of runs_
  std::vector<boost::intrusive_ptr<Gradients::Set>> gradient_sets_;
};

/// The text of an error about the operands as they were given, of which some may be unusable.
std::string refusal(std::string_view name, std::string_view rule, std::span<const Operand* const> operands,
                    std::source_location where);

}  // namespace capstan
