#include "tape/recording.hpp"

#include <algorithm>
#include <array>
#include <source_location>

#include "catch.hpp"
#include "tape/leaf.hpp"

using namespace capstan;

TEST_CASE("A node may be recorded with inputs and words that the same recording holds") {
  const Shape shape{3};
  const std::array<Word, 3> words{static_cast<Word>(DType::f32), 3, 1};
  const std::array<NodeId, 2> inputs{0, 0};
  Recording recording;
  recording.push({constant_op(), {}, words}, DType::f32, &shape, std::source_location::current());
  recording.push({constant_op(), inputs, words}, DType::f32, &shape, std::source_location::current());
  for (int i = 0; i < 1000; ++i) {
    recording.push(recording.key(recording.nodes[1]), DType::f32, &shape, std::source_location::current());
    const Node& last = recording.nodes[recording.nodes.size() - 1];
    REQUIRE(std::ranges::equal(recording.inputs(last), inputs));
    REQUIRE(std::ranges::equal(recording.words_of(last), words));
  }
}
