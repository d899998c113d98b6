// The names of capstan::engine, found in the library's own sources as if they stood in capstan. They are apart for the
// sake of users who say `using namespace capstan;`: no public header includes this one.
#pragma once

namespace capstan {

namespace engine {}
using namespace engine;

}  // namespace capstan
