// digest: prints 64 bits for each section of a large set of programs – the table of samples, random graphs, the nets of
// the examples in training – which stand for every bit of every value and gradient that they compute. Before and after
// a change to the inside that must not change results, it prints the same:
//
//   CAPSTAN_ISA=avx2 digest > before        # then change and build
//   CAPSTAN_ISA=avx2 digest | diff before -
//
// Threads, eager tapes and budgets must not change a bit; instruction sets round differently. With --plans it does the
// same for plans: for what explain prints of each, which --verbose prints in full. Plans do depend on threads, eager
// tapes and budgets.
#include <cstdio>
#include <exception>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <capstan/tensor/isa.hpp>
#include <capstan/tensor/threads.hpp>

#include "report.hpp"

namespace {

void print_instruction_sets() {
  using namespace capstan::kernels;
  for (const Isa isa : all_isas) {
    if (is_supported(isa)) fmt::print("{}\n", name_of(isa));
  }
}

void print_digests(const digest::Settings& settings) {
  using namespace digest;
  capstan::set_threads(settings.threads);
  fmt::print("digests of {}, instruction set {}\n", settings.plans ? "plans" : "values",
             capstan::kernels::name_of(capstan::kernels::chosen_isa()));
  Report report{settings};
  report_samples(report);
  report_graphs(report);
  report_nets(report);
  report.end();
}

}  // namespace

int main(int argc, char** argv) {
  digest::Settings settings;
  bool instruction_sets = false;
  CLI::App app{"Digests of what the library computes; CAPSTAN_ISA chooses the instruction set."};
  app.add_option("--threads", settings.threads, "to compute with")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_flag("--eager", settings.eager, "on eager tapes");
  app.add_option("--budget", settings.budget,
                 "bytes for the values of each tape; a program that needs more gets the least that it can do with");
  app.add_option("--every", settings.every, "run only one program in so many of each section")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_flag("--plans", settings.plans, "digest the plans in place of the values");
  app.add_flag("--verbose", settings.verbose, "print each program's digest, and its plans if --plans is given");
  app.add_flag("--instruction-sets", instruction_sets, "print those that this processor has, and nothing else");
  CLI11_PARSE(app, argc, argv);
  try {
    if (instruction_sets) {
      print_instruction_sets();
    } else {
      print_digests(settings);
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "digest: {}\n", error.what());
    return 1;
  }
  return 0;
}
