// So many threads for the whole process while an object lives.
#pragma once

#include <capstan/tensor/threads.hpp>

class Threads {
 public:
  explicit Threads(int count) : before_{capstan::threads()} { capstan::set_threads(count); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  ~Threads() { capstan::set_threads(before_); }

 private:
  int before_;
};
