// Recordings: the recordings that a tape keeps – the one it records over, and earlier ones of another structure, each with
// its plans – and the way from one to another.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tape/recording.hpp"

namespace capstan {

class Recordings {
 public:
  Recordings() { now_ = &empty(); }

  Recording& now() noexcept { return *now_; }
  const Recording& now() const noexcept { return *now_; }

  /// The node at the head differs from what is recorded now. Another recording may go on with it; if none does, a new one
  /// begins, with the same nodes so far. Returns whether one did.
  bool switch_at(NodeId head, const NodeKey& key, const ArrayType& type);

 private:
  Recording* find(NodeId head, const NodeKey& key, const ArrayType& type) const noexcept;
  Recording& empty();

  std::vector<std::unique_ptr<Recording>> all_;
  Recording* now_;
  std::uint64_t clock_ = 0;  ///< counts changes of recording, for finding the one unused for longest
};

}  // namespace capstan
