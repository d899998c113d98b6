// Finally: does something when a scope is left, whichever way.
#pragma once

namespace capstan {

template <class Action>
class Finally {
 public:
  explicit Finally(Action action) : action_{action} {}
  Finally(const Finally&) = delete;
  Finally& operator=(const Finally&) = delete;
  ~Finally() { action_(); }

 private:
  Action action_;
};

}  // namespace capstan
