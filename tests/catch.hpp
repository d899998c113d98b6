// Catch2, whether the machine has version 2 or 3. Tests include this and never Catch2 itself.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>

using Catch::Approx;
namespace Catch {
using Matchers::ContainsSubstring;
}
#else
#include <catch2/catch.hpp>

namespace Catch {
/// Version 3's name for it: REQUIRE_THROWS_WITH(f(), Catch::ContainsSubstring("…")).
inline auto ContainsSubstring(const std::string& text) { return Matchers::Contains(text); }
}  // namespace Catch
#endif
