#include <capstan/graph/buffer.hpp>

#include "tape_state.hpp"

namespace capstan {

namespace {

TapeState& tape_of(const Var& x, std::string_view who, const std::source_location& where) {
  if (!x.is_current()) refuse_stale(x, who, where);
  return *x.state();
}

}  // namespace

void update(const Buffer& buffer, const Var& next, std::source_location where) {
  tape_of(next, "update", where).update(buffer, next, where);
}

Var latest(const Buffer& buffer, const Var& beside, std::source_location where) {
  return tape_of(beside, "latest", where).latest(buffer, where);
}

}  // namespace capstan
