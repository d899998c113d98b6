// A file in memory, to see what is written.
#pragma once

#include <cstdio>
#include <string>

class Captured {
 public:
  Captured() : file_{std::tmpfile()} {}
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;
  ~Captured() { std::fclose(file_); }

  std::FILE* file() const noexcept { return file_; }
  std::string text() const {
    std::string result;
    std::rewind(file_);
    for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) result += static_cast<char>(c);
    return result;
  }

 private:
  std::FILE* file_;
};
