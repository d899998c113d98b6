// The temporary file that is written in place of another one until it is whole.
#pragma once

#include <filesystem>

namespace capstan::io {

/// Lies beside the target; ".<name>.partial", or a digest in place of a name that would be too long so.
std::filesystem::path temporary_of(const std::filesystem::path& target);

}  // namespace capstan::io
