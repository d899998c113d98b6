// What a path leads to, in words.
#pragma once

#include <sys/stat.h>

#include <string_view>

namespace capstan::io {

inline std::string_view kind_of(mode_t mode) noexcept {
  if (S_ISREG(mode)) return "a file";
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return S_ISCHR(mode) || S_ISBLK(mode) ? "a device" : "something else";
}

}  // namespace capstan::io
