// Compiled once for each header that a room may see, and once for each that it must not.
#include CAPSTAN_HEADER
