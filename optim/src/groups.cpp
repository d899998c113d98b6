#include "groups.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan::optim {

namespace {

constexpr std::size_t most_listed = 12;

std::string list(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most_listed); ++i)
    text += fmt::format("{}\"{}\"", i > 0 ? ", " : "", names[i]);
  if (names.size() > most_listed) text += fmt::format(" and {} more", names.size() - most_listed);
  return text;
}

/// Puts parameters into groups, one after another.
class Assignment {
 public:
  Assignment(std::string_view optimizer, const std::vector<Parameter>& parameters,
             const std::vector<std::string>& names, const std::source_location& where)
      : optimizer_{optimizer}, parameters_{parameters}, names_{names}, where_{where}, group_of_(parameters.size(), 0) {}

  void add(const Group& group, std::size_t number) {
    if (group.names.empty() && group.parameters.empty())
      refuse(fmt::format("group {} must have names or parameters, got neither", number));
    const auto check = [&](std::string_view option, const std::optional<double>& value) {
      if (value) check_not_negative(optimizer_, fmt::format("{} of group {}", option, number), *value, where_);
    };
    check("learning_rate", group.learning_rate);
    check("weight_decay", group.weight_decay);
    for (const std::string& pattern : group.names) add_pattern(pattern, number);
    for (const Parameter& p : group.parameters) {
      const auto found = std::find(parameters_.begin(), parameters_.end(), p);
      if (found == parameters_.end())
        refuse(fmt::format("parameter \"{}\" of group {} is not among the optimizer's", p.name(where_), number));
      put(static_cast<std::size_t>(found - parameters_.begin()), number);
    }
  }
  std::vector<std::size_t> result() && { return std::move(group_of_); }

 private:
  void add_pattern(const std::string& pattern, std::size_t number) {
    bool found = false;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (fnmatch(pattern.c_str(), names_[i].c_str(), 0) != 0) continue;
      found = true;
      put(i, number);
    }
    if (!found) {
      refuse(fmt::format("\"{}\" of group {} must match the name of a parameter, got none\n  parameters: {}", pattern,
                         number, list(names_)));
    }
  }

  void put(std::size_t parameter, std::size_t number) {
    std::size_t& group = group_of_[parameter];
    if (group != 0 && group != number + 1) {
      refuse(fmt::format("every parameter must be in one group, got \"{}\" in groups {} and {}", names_[parameter],
                         group - 1, number));
    }
    group = number + 1;
  }

  [[noreturn]] void refuse(const std::string& text) const {
    throw ValueError{fmt::format("{}: {}\n  at {}", optimizer_, text, place(where_))};
  }

  std::string_view optimizer_;
  const std::vector<Parameter>& parameters_;
  const std::vector<std::string>& names_;
  const std::source_location& where_;
  std::vector<std::size_t> group_of_;
};

/// "b" of "out.b1".
std::string_view kind_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot != name.npos) name.remove_prefix(dot + 1);
  const std::size_t last = name.find_last_not_of("0123456789");
  return name.substr(0, last == name.npos ? 0 : last + 1);
}

}  // namespace

std::vector<Group> no_decay(ParameterList parameters, std::source_location where) {
  constexpr std::array<std::string_view, 4> without{"b", "bias", "gamma", "beta"};
  Group group{.weight_decay = 0.0};
  const std::vector<std::string>& names = parameters.names();
  for (std::size_t i = 0; i < parameters.parameters().size(); ++i) {
    const Parameter& p = parameters.parameters()[i];
    if (std::ranges::find(without, kind_of(names.empty() ? p.name(where) : names[i])) != without.end())
      group.parameters.push_back(p);
  }
  if (group.parameters.empty()) return {};
  return {group};
}

std::vector<std::size_t> assign_groups(std::string_view optimizer, const std::vector<Parameter>& parameters,
                                       const std::vector<std::string>& names, std::span<const Group> groups,
                                       const std::source_location& where) {
  Assignment assignment{optimizer, parameters, names, where};
  for (std::size_t i = 0; i < groups.size(); ++i) assignment.add(groups[i], i);
  return std::move(assignment).result();
}

void check_share(std::string_view optimizer, std::string_view option, double value, const std::source_location& where) {
  if (value >= 0.0 && value < 1.0) return;
  throw ValueError{
      fmt::format("{}: {} must be at least 0 and below 1, got {}\n  at {}", optimizer, option, value, place(where))};
}

void check_not_negative(std::string_view optimizer, std::string_view option, double value,
                        const std::source_location& where) {
  if (std::isfinite(value) && value >= 0.0) return;
  throw ValueError{
      fmt::format("{}: {} must be finite and not negative, got {}\n  at {}", optimizer, option, value, place(where))};
}

}  // namespace capstan::optim
