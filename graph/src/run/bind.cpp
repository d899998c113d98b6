#include "run/bind.hpp"

#include <algorithm>
#include <array>

namespace capstan {

namespace {

std::byte* base_of(const External& external, const Recording& recording, const Results& earlier) {
  const Node& n = recording.nodes[external.node];
  switch (external.kind) {
    case External::Kind::number:
      return const_cast<std::byte*>(recording.number(n));  // read only
    case External::Kind::leaf:
      return static_cast<std::byte*>(recording.leaves[n.detail].value.raw());
    case External::Kind::value:
      break;
  }
  const Result& result = *earlier.find(external.node);
  return earlier.memory_of(result).storage->data() + bytes_in(result.offset);
}

}  // namespace

void bind_pointers(Plan& plan, const RunMemory& memory, const Recording& recording, const Results& earlier) {
  std::array<std::byte*, region_count> base{};
  for (std::size_t r = 0; r < region_count; ++r) base[r] = memory[r].storage ? memory[r].storage->data() : nullptr;
  if (!std::equal(base.begin(), base.end(), plan.bound.begin())) {
    for (std::size_t p = 0; p < plan.places.size(); ++p) {
      const Place& place = plan.places[p];
      if (place.base != 0) continue;
      plan.pointers[p] = base[static_cast<std::size_t>(region_of(place.offset))] + bytes_in(place.offset);
    }
    std::copy(base.begin(), base.end(), plan.bound.begin());
  }
  for (const std::uint32_t p : plan.external) {
    const Place& place = plan.places[p];
    plan.pointers[p] = base_of(plan.externals[place.base - 1], recording, earlier) + place.offset;
  }
}

}  // namespace capstan
