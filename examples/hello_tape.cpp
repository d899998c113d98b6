// The fragment of the notes, J = ab + ac − (b + c) = (a − 1)(b + c), as a graph: recorded, differentiated and drawn.
#include <algorithm>
#include <cmath>
#include <string>

#include <capstan/capstan.hpp>

#include <fmt/core.h>

#include "support/program.hpp"
#include "support/svg.hpp"

using namespace capstan;

namespace {

struct Options {
  double a = 5.0, b = 3.0, c = 2.0;
  std::string out = ".";
};

// One line of the table; says whether tape and hand agree.
bool compare(const char* what, double tape, double hand) {
  fmt::print("{:>6} {:>12g} {:>12g}\n", what, tape, hand);
  return std::abs(tape - hand) <= 1e-12 * std::max(1.0, std::abs(hand));
}

bool hello_tape(const Options& options) {
  Tape tape;
  const Var a = tape.variable(Tensor::scalar(options.a, DType::f64), "a");
  const Var b = tape.variable(Tensor::scalar(options.b, DType::f64), "b");
  const Var c = tape.variable(Tensor::scalar(options.c, DType::f64), "c");

  const Var u = a * b;  // nothing is computed here: each line appends a node to the tape
  const Var v = a * c;
  const Var w = b + c;
  const Var J = u + v - w;

  const Gradients d = tape.backward(J);  // walks the tape in reverse, and computes

  fmt::print("J = ab + ac − (b + c) at a = {:g}, b = {:g}, c = {:g}\n\n", options.a, options.b, options.c);
  fmt::print("{:>6} {:>12} {:>12}\n", "", "tape", "by hand");
  bool equal = compare("J", J.item(), (options.a - 1.0) * (options.b + options.c));
  equal &= compare("dJ/da", d[a].item(), options.b + options.c);
  equal &= compare("dJ/db", d[b].item(), options.a - 1.0);
  equal &= compare("dJ/dc", d[c].item(), options.a - 1.0);

  const std::string path = options.out + "/hello_tape.dot";
  examples::write_file(path, to_dot(tape));
  fmt::print("\nThe graph, its gradient included, is in {0}; `dot -Tsvg {0} > graph.svg` draws it.\n", path);
  return equal;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Records J = ab + ac - (b + c), gives its gradient and draws the graph.", "hello_tape"};
  app.add_option("-a", options.a, "the number a")->capture_default_str();
  app.add_option("-b", options.b, "the number b")->capture_default_str();
  app.add_option("-c", options.c, "the number c")->capture_default_str();
  app.add_option("--out", options.out, "folder for hello_tape.dot")->capture_default_str();
  return examples::run(app, argc, argv, [&] { return hello_tape(options); });
}
