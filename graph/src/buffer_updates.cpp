#include "buffer_updates.hpp"

#include <algorithm>

namespace capstan {

std::optional<NodeId> BufferUpdates::latest(const Buffer& buffer) const noexcept {
  const auto found = std::find_if(waiting_.rbegin(), waiting_.rend(),
                                  [&buffer](const Update& update) { return update.buffer == buffer; });
  if (found == waiting_.rend()) return std::nullopt;
  return found->next;
}

void BufferUpdates::append_wanted(std::vector<NodeId>& wanted) const {
  for (const Update& update : waiting_) wanted.push_back(update.next);
}

/// A `next` that is another buffer is copied before that one is written, as every leaf is when it is shown.
void BufferUpdates::write(Values& values, std::source_location where) {
  for (Update& update : waiting_) values.show(update.next, true, update.value, where);
  // Nothing throws from here on: shapes and dtypes are right, and a buffer's memory is its own.
  for (Update& update : waiting_) update.buffer.assign(update.value, where);
  waiting_.clear();
}

void BufferUpdates::truncate(std::size_t size) noexcept {
  if (size < waiting_.size()) waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(size), waiting_.end());
}

}  // namespace capstan
