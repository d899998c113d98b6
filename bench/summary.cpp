// Makes of bench/results.json what people look at: a table, and a diagram of the ratios.
//
//   summary results.json results.md results.svg

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <fstream>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "support/svg.hpp"

namespace {

using Json = nlohmann::ordered_json;

/// Records of the workloads first, in their order; the others as they come.
std::vector<Json> read(const std::string& path) {
  std::ifstream in{path};
  if (!in) throw std::runtime_error{path + ": cannot be read"};
  std::map<std::string, std::vector<Json>> workloads;
  std::vector<Json> others, records;
  for (const Json& record : Json::parse(in)) {
    const std::string name = record.at("workload");
    (name.starts_with('W') ? workloads[name] : others).push_back(record);
  }
  for (const auto& [name, its] : workloads) records.insert(records.end(), its.begin(), its.end());
  records.insert(records.end(), others.begin(), others.end());
  return records;
}

std::string text(const Json& record, const char* key) {
  return record.contains(key) && record[key].is_string() ? record[key].get<std::string>() : "–";
}

std::string number(const Json& record, const char* key) {
  return record.contains(key) && record[key].is_number() ? fmt::format("{:.4g}", record[key].get<double>()) : "–";
}

std::string table(const std::vector<Json>& records) {
  std::set<std::string> processors;
  for (const Json& r : records) processors.insert(text(r, "processor"));
  std::string md = fmt::format(
      "# Results of the benchmarks\n\n"
      "Written by `./dev bench`; README.md says what is measured and how. Ours / floor: below 1 is quicker than the "
      "floor. Peer / ours: above 1, ours is quicker. Processor: {}.\n\n![ratios](results.svg)\n\n",
      fmt::join(processors, ", "));
  md +=
      "| Workload | Variant | Threads | Unit | Ours | Floor | Ours / floor | Peer | Peer / ours | Target | The floor "
      "is | "
      "The peer is |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n";
  for (const Json& r : records) {
    md += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n", text(r, "workload"),
                      text(r, "variant"), r.at("threads").get<int>(), text(r, "unit"), number(r, "ours"),
                      number(r, "floor"), number(r, "ratio_floor"), number(r, "peer"), number(r, "ratio_peer"),
                      text(r, "target"), text(r, "floor_name"), text(r, "peer_name"));
  }
  return md;
}

/// A bar from 1 to the ratio for each record that has one, the first at the top, its name over it.
examples::Figure bars(const std::vector<Json>& records, const char* key, const std::string& title,
                      const std::string& label) {
  std::vector<std::pair<std::string, double>> entries;
  double low = 0.5, high = 2.0;
  for (const Json& r : records) {
    if (!r.contains(key) || !r[key].is_number() || !text(r, "workload").starts_with('W')) continue;
    const double ratio = r[key];
    entries.emplace_back(fmt::format("{} {}: {:.3g}", text(r, "workload"), text(r, "variant"), ratio), ratio);
    low = std::min(low, ratio / 1.5);
    high = std::max(high, ratio * 1.5);
  }
  const auto rows = static_cast<double>(entries.size());
  examples::Figure figure{title,
                          {.label = label, .logarithmic = true, .low = low, .high = high},
                          {.low = 0.0, .high = std::max(rows, 1.0), .ticks = false}};
  figure.line({{1.0, 0.0}, {1.0, std::max(rows, 1.0)}}, {.colour = "#777777", .width = 1.0});
  double y = rows;
  for (const auto& [name, ratio] : entries) {
    y -= 1.0;
    figure.line({{1.0, y + 0.25}, {ratio, y + 0.25}}, {.colour = "#4477aa", .width = 10.0});
    figure.note({std::sqrt(low * high), y + 0.27}, name);
  }
  return figure;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: summary RESULTS.json TABLE.md DIAGRAM.svg\n");
    return 2;
  }
  try {
    const std::vector<Json> records = read(argv[1]);
    examples::write_file(argv[2], table(records));
    examples::write_file(
        argv[3],
        examples::to_svg({bars(records, "ratio_floor", "Against the floor", "time of ours / time of the floor"),
                          bars(records, "ratio_peer", "Against LibTorch", "time of the peer / time of ours")},
                         {.columns = 2, .width = 560.0, .height = 640.0}));
  } catch (const std::exception& error) {
    fmt::print(stderr, "summary: {}\n", error.what());
    return 1;
  }
  return 0;
}
