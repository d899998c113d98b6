#include <capstan/optim/option.hpp>

#include <fmt/format.h>

namespace capstan::optim {

Option::Option(std::string_view called, double number) : name{called}, value{fmt::format("{}", number)} {}

}  // namespace capstan::optim
