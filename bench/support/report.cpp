#include "report.hpp"

#include <cstdio>
#include <exception>
#include <fstream>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace bench {

namespace {

nlohmann::ordered_json to_json(const Record& r) {
  return {{"workload", r.workload}, {"variant", r.variant}, {"threads", r.threads},        {"unit", r.unit},
          {"ours", r.ours},         {"floor", r.floor},     {"ratio_floor", r.ratio_floor}};
}

void print(const std::vector<Record>& records) {
  fmt::print("{:<12} {:<34} {:>4} {:>12} {:>12} {:>9}  {}\n", "workload", "variant", "unit", "ours", "floor",
             "ours/floor", "target; the floor is");
  for (const Record& r : records) {
    const std::string target =
        r.absolute ? fmt::format("ours ≤ {} {}", r.target, r.unit) : fmt::format("ratio ≤ {}", r.target);
    fmt::print("{:<12} {:<34} {:>4} {:>12.4g} {:>12.4g} {:>9.3f}  {}; {}\n", r.workload, r.variant, r.unit, r.ours,
               r.floor, r.ratio_floor, target, r.floor_name);
  }
}

void merge(const std::string& path, const std::vector<Record>& records) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  if (std::ifstream in{path}) all = nlohmann::ordered_json::parse(in);
  for (const Record& r : records) {
    const nlohmann::ordered_json made = to_json(r);
    bool known = false;
    for (auto& old : all) {
      if (old.at("workload") != r.workload || old.at("variant") != r.variant || old.at("threads") != r.threads)
        continue;
      old = made;
      known = true;
    }
    if (!known) all.push_back(made);
  }
  std::ofstream out{path};
  out << all.dump(2) << '\n';
  if (!out.flush()) throw std::runtime_error{"cannot write it"};
}

}  // namespace

Options parse_options(int argc, char** argv, const char* what) {
  Options options;
  CLI::App app{what};
  app.add_flag("--quick", options.quick, "few rounds: to see that it runs, not for figures");
  app.add_option("--results", options.results, "JSON file to merge the figures into");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? 0 : 2);
  }
  return options;
}

int finish(const Options& options, const std::vector<Record>& records) {
  print(records);
  if (options.results.empty()) return 0;
  try {
    merge(options.results, records);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", options.results, error.what());
    return 1;
  }
  return 0;
}

}  // namespace bench
