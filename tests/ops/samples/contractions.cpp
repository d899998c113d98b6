// The table's sums of products with letters for axes: their lines say shapes.
#include <vector>

#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/einsum.hpp>

#include "sample.hpp"

namespace samples {

using namespace capstan;

const std::vector<Sample>& contractions() {
  const Numbers any = between(-2, 2), positive = between(0.5, 2);
  static const std::vector<Sample> lines = {
      {"einsum", {{any, {3, 4}}, {any, {4, 2}}}, [](In x) { return einsum("ij,jk->ik", x[0], x[1]); }},
      {"einsum", {{any, {4, 3}}, {any, {2, 4}}}, [](In x) { return einsum("ji,kj->ki", x[0], x[1]); }},
      {"einsum", {{any, {2, 3, 4}}, {any, {2, 4, 2}}}, [](In x) { return einsum("bij,bjk->bik", x[0], x[1]); }},
      {"einsum", {{any, {3, 2, 4}}, {any, {4, 3}}}, [](In x) { return einsum("hbi,ih->bh", x[0], x[1]); }},
      {"einsum", {{any, {2, 3, 4}}, {any, {4, 2, 3}}}, [](In x) { return einsum("aib,bai->", x[0], x[1]); }},
      {"einsum", {{any, {2, 3, 4}}, {any, {3, 5, 4}}}, [](In x) { return einsum("iaj,akj->jki", x[0], x[1]); }},
      {"einsum", {{any, {3}}, {any, {2}}}, [](In x) { return einsum("i,j->ji", x[0], x[1]); }},
      {"einsum", {{any, {3, 4}}, {any, {4}}}, [](In x) { return einsum("ij,j->ij", x[0], x[1]); }},
      {"einsum", {{positive, {4}}, {positive, {4}}}, [](In x) { return einsum("i,i", x[0], x[1]); }},
      {"einsum", {{any, {2, 3, 3}}}, [](In x) { return square(einsum("bii->ib", x[0])); }},
      {"einsum", {{any, {2, 3, 4}}}, [](In x) { return square(einsum("ijk->ki", x[0])); }},
      {"einsum", {{any, {3}}, {any, {3, 4}}, {any, {4}}}, [](In x) { return einsum("i,ij,j", x); }},
      {"einsum", {{any, {0, 4}}, {any, {4, 2}}}, [](In x) { return einsum("ij,jk->ik", x[0], x[1]); }},
      {"einsum", {{any, {3, 0}}, {any, {0, 2}}}, [](In x) { return einsum("ij,jk->ki", x[0], x[1]); }},
      {"einsum", {{any, {9, 9}}}, [](In x) { return einsum("ij,kj->ik", x[0], x[0]); }},
  };
  return lines;
}

}  // namespace samples
