// What the user's program is compared with: the standard library and fmt alone.
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <fmt/core.h>

int main() { fmt::print("{}\n", std::vector<std::string>(3).size()); }
