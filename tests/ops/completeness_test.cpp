// Nothing is forgotten: every operation that a public header declares, or that the list of elementwise structs names,
// is in the table of samples; every header is in the umbrella.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/kernels/elementwise/list.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>

#include "catch.hpp"
#include "elementwise/tape.hpp"
#include "samples/sample.hpp"
#include "tape_state.hpp"

using namespace capstan;
using samples::Case;

namespace {

using Names = std::set<std::string, std::less<>>;

const std::filesystem::path include_folder{CAPSTAN_OPS_INCLUDE};

/// The first group of every match, line by line.
Names matches(const std::filesystem::path& file, const std::regex& pattern) {
  std::ifstream in{file};
  REQUIRE(in);
  Names found;
  std::smatch match;
  for (std::string line; std::getline(in, line);) {
    if (std::regex_search(line, match, pattern)) found.insert(match[1]);
  }
  return found;
}

/// The headers of the room, as the umbrella would include them.
Names headers() {
  Names found;
  for (const auto& entry : std::filesystem::directory_iterator{include_folder / "capstan/ops"}) {
    found.insert("capstan/ops/" + entry.path().filename().string());
  }
  return found;
}

/// What the public headers declare: functions that give a Var, by their names; operators are other names for some.
Names declared() {
  const std::regex declaration{R"(^Var (\w+)\()"};
  Names found;
  for (const std::string& header : headers()) found.merge(matches(include_folder / header, declaration));
  return found;
}

Names in_table() {
  Names found;
  for (const Case& sample : samples::cases()) found.emplace(sample.sample->op);
  return found;
}

/// Records a sample and its derivatives of first and second order.
void record(const Case& sample, Tape& tape) {
  std::vector<Var> x;
  for (const Tensor& input : sample.inputs) x.push_back(tape.variable(input));
  const Var y = sum(sample(x));
  for (const Var& input : x) {
    const Var first = gradient(y, input);
    for (const Var& other : x) gradient(sum(square(first)), other);
  }
}

/// The names of all operations that are recorded for a sample.
Names recorded(const Case& sample) {
  Tape tape;
  record(sample, tape);
  Names found;
  for (std::uint32_t node = 0; node < tape.size(); ++node) found.emplace(tape.node(node).op());
  return found;
}

template <class... S>
std::vector<std::string_view> names_in(kernels::ElementwiseList<S...>) {
  return {S::name...};
}

Names without(const Names& all, const Names& known) {
  Names rest;
  std::set_difference(all.begin(), all.end(), known.begin(), known.end(), std::inserter(rest, rest.end()));
  return rest;
}

std::string joined(const Names& names) {
  std::string text;
  for (const std::string& name : names) text += name + ' ';
  return text;
}

}  // namespace

TEST_CASE("every operation that a public header declares is in the table of samples") {
  const Names all = declared();
  CHECK(all.size() >= 66);
  CHECK(joined(without(all, in_table())) == "");
}

TEST_CASE("every line of the table names an operation that a public header declares") {
  CHECK(joined(without(in_table(), declared())) == "");
}

TEST_CASE("every elementwise kernel has exactly one operation of its name, and every elementwise operation a kernel") {
  std::vector<std::string_view> operations, names = names_in(kernels::AllElementwise{});
  for (const elementwise::OpFunction op : elementwise::all_ops()) operations.push_back(op().name());
  std::sort(operations.begin(), operations.end());
  std::sort(names.begin(), names.end());
  CHECK(operations == names);
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
}

TEST_CASE("every elementwise operation of the list is recorded by some sample or its derivatives") {
  Names all, used;
  for (const elementwise::OpFunction op : elementwise::all_ops()) all.emplace(op().name());
  CHECK(all.size() == elementwise::all_ops().size());
  for (const Case& sample : samples::cases()) used.merge(recorded(sample));
  CHECK(joined(without(all, used)) == "");
}

TEST_CASE("a sample of an elementwise operation records that operation") {
  Names listed;
  for (const elementwise::OpFunction op : elementwise::all_ops()) listed.emplace(op().name());
  for (const Case& sample : samples::cases()) {
    // Some losses are made of the operation that bears their name, or of a stabler one.
    const bool is_loss = sample.sample >= samples::losses().data() &&
                         sample.sample < samples::losses().data() + samples::losses().size();
    if (is_loss || !listed.contains(sample.sample->op)) continue;
    INFO(sample.name());
    CHECK(recorded(sample).contains(sample.sample->op));
  }
}

TEST_CASE("every operation that is recorded with attributes names them, each once") {
  Names silent, repeating;
  for (const Case& sample : samples::cases()) {
    Tape tape;
    record(sample, tape);
    const TapeState& state = tape.state();
    for (std::uint32_t id = 0; id < tape.size(); ++id) {
      const NodeView node = tape.node(id);
      if (node.inputs().empty()) continue;  // the words of a leaf are its type and strides
      const std::vector<Attribute> attributes = node.attributes();
      if (attributes.empty() && !state.recording().words_of(state.node(id)).empty()) silent.emplace(node.op());
      Names names;
      for (const Attribute& attribute : attributes) names.emplace(attribute.name);
      if (names.size() != attributes.size()) repeating.emplace(node.op());
    }
  }
  CHECK(joined(silent) == "");
  CHECK(joined(repeating) == "");
}

TEST_CASE("the umbrella includes every public header of the room") {
  const Names included =
      matches(include_folder / "capstan/ops.hpp", std::regex{R"(^#include <(capstan/ops/\w+\.hpp)>)"});
  CHECK(joined(without(headers(), included)) == "");
}
