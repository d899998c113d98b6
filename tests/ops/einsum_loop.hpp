// einsum as plain loops over all letters in double, and random letters to try it on.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <capstan/tensor/rng.hpp>
#include <capstan/tensor/tensor.hpp>

#include <capstan/tensor/engine.hpp>

namespace einsum_loop {

using namespace capstan;

struct Case {
  std::string axes;
  std::vector<Tensor> inputs;
};

inline std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts{""};
  for (const char c : text) {
    if (c == ',') {
      parts.emplace_back();
    } else {
      parts.back().push_back(c);
    }
  }
  return parts;
}

/// Of letters with an arrow and without blanks.
inline Tensor value(std::string_view axes, const std::vector<Tensor>& inputs) {
  const std::size_t arrow = axes.find("->");
  const std::vector<std::string> terms = split(axes.substr(0, arrow));
  const std::string output{axes.substr(arrow + 2)};
  std::map<char, std::int64_t> extents, at;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    for (std::size_t k = 0; k < terms[i].size(); ++k) extents[terms[i][k]] = inputs[i].shape()[k];
  }
  std::int64_t count = 1;
  for (const auto& [letter, extent] : extents) count *= extent;
  const auto position = [&](const std::string& letters) {
    std::vector<std::int64_t> numbers;
    for (const char letter : letters) numbers.push_back(at[letter]);
    return numbers;
  };
  std::vector<std::int64_t> shape;
  for (const char letter : output) shape.push_back(extents[letter]);
  Tensor y = Tensor::zeros(Shape{shape}, DType::f64);
  const Strides strides = row_major(y.shape());
  for (std::int64_t n = 0; n < count; ++n) {
    std::int64_t rest = n;
    for (const auto& [letter, extent] : extents) {
      at[letter] = rest % extent;
      rest /= extent;
    }
    double product = 1.0;
    for (std::size_t i = 0; i < terms.size(); ++i) product *= inputs[i].at(position(terms[i]));
    std::int64_t element = 0;
    for (std::size_t k = 0; k < output.size(); ++k) element += at[output[k]] * strides[k];
    y.mutable_data<double>()[static_cast<std::size_t>(element)] += product;
  }
  return y;
}

/// One to three operands of up to four of five letters, which may stand twice, and some of the letters as the output.
inline Case random_case(std::uint64_t seed) {
  constexpr std::string_view letters = "abcde";
  Rng rng{seed, 77};
  std::map<char, std::int64_t> extents;
  for (const char letter : letters)
    extents[letter] = rng.below(12) == 0 ? 0 : 1 + static_cast<std::int64_t>(rng.below(4));
  Case made;
  std::string used;
  const std::size_t operands = 1 + rng.below(3);
  for (std::size_t i = 0; i < operands; ++i) {
    std::vector<std::int64_t> shape;
    if (i > 0) made.axes.push_back(',');
    for (std::size_t k = rng.below(5); k > 0; --k) {
      const char letter = letters[rng.below(letters.size())];
      made.axes.push_back(letter);
      shape.push_back(extents[letter]);
      if (used.find(letter) == std::string::npos) used.push_back(letter);
    }
    made.inputs.push_back(Tensor::normal(Shape{shape}, rng, {.dtype = DType::f64}));
  }
  for (std::size_t i = used.size(); i > 1; --i) std::swap(used[i - 1], used[rng.below(i)]);
  made.axes += "->" + used.substr(0, rng.below(used.size() + 1));
  return made;
}

}  // namespace einsum_loop
