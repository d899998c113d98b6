#include "support/report.hpp"

#include <cstdio>
#include <exception>
#include <fstream>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <capstan/tensor/threads.hpp>

#include "support/environment.hpp"

namespace bench {

namespace {

std::string target_of(const Record& r) {
  return r.absolute ? fmt::format("ours ≤ {} {}", r.target, r.unit) : fmt::format("ours/floor ≤ {}", r.target);
}

std::string processor() {
  std::ifstream info{"/proc/cpuinfo"};
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

nlohmann::ordered_json to_json(const Record& r) {
  nlohmann::ordered_json json{{"workload", r.workload},  {"variant", r.variant},   {"threads", r.threads},
                              {"unit", r.unit},          {"ours", r.ours},         {"floor", r.floor},
                              {"peer", nullptr},         {"peer_name", nullptr},   {"ratio_floor", r.ratio_floor},
                              {"ratio_peer", nullptr},   {"target", target_of(r)}, {"floor_name", r.floor_name},
                              {"processor", processor()}};
  if (r.peer) {
    json["peer"] = r.peer->time;
    json["peer_name"] = r.peer->name;
    json["ratio_peer"] = r.peer->ratio;
  }
  return json;
}

void print(const std::vector<Record>& records) {
  fmt::print("{:<12} {:<44} {:>4} {:>10} {:>10} {:>10} {:>10} {:>10}  {}\n", "workload", "variant", "unit", "ours",
             "floor", "ours/floor", "peer", "peer/ours", "target; the floor is; the peer is");
  for (const Record& r : records) {
    fmt::print("{:<12} {:<44} {:>4} {:>10.4g} {:>10.4g} {:>10.3f} ", r.workload, r.variant, r.unit, r.ours, r.floor,
               r.ratio_floor);
    if (r.peer) {
      fmt::print("{:>10.4g} {:>10.3f}  {}; {}; {}\n", r.peer->time, r.peer->ratio, target_of(r), r.floor_name,
                 r.peer->name);
    } else {
      fmt::print("{:>10} {:>10}  {}; {}\n", "-", "-", target_of(r), r.floor_name);
    }
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
  app.add_option("--threads", options.threads, "to compute with")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--results", options.results, "JSON file to merge the figures into");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? 0 : 2);  // NOLINT(concurrency-mt-unsafe): there is no other thread yet
  }
  capstan::set_threads(options.threads);
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

int run(int argc, char** argv, const char* what, const std::function<std::vector<Record>(const Options&)>& body) {
  const Options options = parse_options(argc, argv, what);
  try {
    fix_environment(argv, options.threads);
    return finish(options, body(options));
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}

}  // namespace bench
