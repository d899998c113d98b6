// BufferUpdates: what buffers are to become, as far as the current recording says. The updates wait until backward has
// computed the gradients.
#pragma once

#include <cstddef>
#include <optional>
#include <source_location>
#include <vector>

#include <capstan/graph/buffer.hpp>

#include "run/values.hpp"

namespace capstan {

class BufferUpdates {
 public:
  void add(const Buffer& buffer, NodeId next) { waiting_.push_back({buffer, next, {}}); }
  /// The value of the last update of this buffer that waits; none if none does.
  std::optional<NodeId> latest(const Buffer& buffer) const noexcept;
  void append_wanted(std::vector<NodeId>& wanted) const;
  /// Writes what waits, all of it or, if it throws, nothing. The values must be computed.
  void write(Values& values, std::source_location where);

  std::size_t size() const noexcept { return waiting_.size(); }
  /// Drops all but the first `size` updates.
  void truncate(std::size_t size) noexcept;

 private:
  struct Update {
    Buffer buffer;
    NodeId next;
    Tensor value;  ///< of `next`, while it is being written
  };
  std::vector<Update> waiting_;
};

}  // namespace capstan
