#include <cctype>
#include <ostream>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ostream.h>

#include "forms.hpp"
#include "life.hpp"

namespace lives {

namespace {

/// The expression with the names of the program in place of its letters.
std::string expression(const Action& action) {
  const std::string_view text = forms()[action.form].text;
  const auto in_word = [&](std::size_t at) {
    return std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_';
  };
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool alone =
        (at == 0 || (!in_word(at - 1) && text[at - 1] != '.')) && (at + 1 == text.size() || !in_word(at + 1));
    const char letter = alone ? text[at] : ' ';
    if (letter == 'a' || letter == 'b' || letter == 'c') {
      result += fmt::format("v{}", letter == 'a' ? action.a : letter == 'b' ? action.b : action.c);
    } else if (letter == 'p') {
      result += fmt::format("p{}", action.way % 4);
    } else if (letter == 't') {
      result += fmt::format("t{}", action.way % 3);
    } else {
      result += text[at];
    }
  }
  return result;
}

std::string statement(const Action& x) {
  switch (x.kind) {
    case Kind::op:
      return fmt::format("const Var v{} = {};", x.to, expression(x));
    case Kind::gradient:
      return fmt::format("const Var v{} = gradient(v{}, v{});", x.to, x.a, x.b);
    case Kind::gradient_along:
      return fmt::format("const Var v{} = gradient(v{}, v{}, v{});", x.to, x.a, x.b, x.c);
    case Kind::backward:
      return fmt::format("d = tape.backward(v{});", x.a);
    case Kind::read:
      return fmt::format("{}v{}.value();", x.way % 2 == 0 ? "" : "held = ", x.a);
    case Kind::item:
      return fmt::format("v{}.item();", x.a);
    case Kind::keep:
      return fmt::format("tape.keep(v{});", x.a);
    case Kind::update:
      return "descend(parameters, d);";
    case Kind::write_parameter:
      return fmt::format("p{}.assign(…);", x.way % 4);
    case Kind::write_tensor:
      return fmt::format("t{}.set(first, k);", x.way % 3);
    case Kind::write_value:
      return fmt::format("v{}.value().set(first, 99.0);", x.a);
    case Kind::write_gradient:
      return "for each of d: Tensor{entry.value}.set(first, 99.0);";
    case Kind::new_tensor:
      return fmt::format("t{} = of shape {}{};", x.way % 3, x.way % 8, x.way % 5 == 0 ? ", transposed" : "");
    case Kind::use_stale:
      return fmt::format("stale_v{} + 1.0;", x.a);
  }
  return {};
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Life& life) {
  static constexpr const char* sizes[]{"3 x 4", "40 x 33", "150 x 140"};
  fmt::print(out, "// {}, {}\nTape tape{{{{.eager = {}, .threads = {}, .memory_budget = {}}}}};\n",
             life.dtype == capstan::DType::f64 ? "f64" : "f32", sizes[static_cast<std::size_t>(life.size)], life.eager,
             life.threads, life.memory_budget);
  for (const Step& step : life.steps) {
    fmt::print(out, "tape.rewind();\nk = {};{}\n", step.k, step.refuse ? " refuse = true;" : " refuse = false;");
    for (const Action& action : step.actions) fmt::print(out, "  {}\n", statement(action));
  }
  return out;
}

}  // namespace lives
