// The table's elementwise operations: a line each, and a line more where a number as an operand, another option or
// another side of a kink is something of its own.
#include <capstan/ops/activations.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/cast.hpp>
#include <capstan/ops/compare.hpp>
#include <capstan/ops/elementwise.hpp>

#include "sample.hpp"

namespace samples {

using namespace capstan;

namespace {

const std::vector<Sample> lines{
    {"abs", {away(0.2, 2)}, [](In x) { return abs(x[0]); }},
    {"add", {between(-2, 2), between(-2, 2)}, [](In x) { return x[0] + x[1]; }},
    {"add", {between(-2, 2)}, [](In x) { return 3 + x[0]; }},
    {"cast", {away(0.2, 2)}, [](In x) { return cast(square(cast(x[0], DType::f64)), x[0].dtype()); }},
    {"ceil", {apart()}, [](In x) { return ceil(x[0]); }},
    {"clamp", {away(0.2, 0.9)}, [](In x) { return clamp(x[0], {.low = -1, .high = 1}); }},
    {"clamp", {away(1.1, 2)}, [](In x) { return clamp(x[0], {.low = -1, .high = 1}); }},
    {"cos", {between(-4, 4)}, [](In x) { return cos(x[0]); }},
    {"divide", {between(-2, 2), away(0.5, 2)}, [](In x) { return x[0] / x[1]; }},
    {"divide", {away(0.5, 2)}, [](In x) { return 3 / x[0]; }},
    {"divide", {between(-2, 2)}, [](In x) { return x[0] / 3; }},
    {"elu", {away(0.2, 2)}, [](In x) { return elu(x[0], {.alpha = 0.7}); }},
    {"equal", {apart(), apart()}, [](In x) { return equal(x[0], x[1]); }},
    {"erf", {between(-2, 2)}, [](In x) { return erf(x[0]); }},
    {"exp", {between(-2, 2)}, [](In x) { return exp(x[0]); }},
    {"expm1", {between(-2, 2)}, [](In x) { return expm1(x[0]); }},
    {"floor", {apart()}, [](In x) { return floor(x[0]); }},
    {"floor_divide", {between(1.2, 1.8), away(0.91, 1)}, [](In x) { return floor_divide(x[0], x[1]); }},
    {"gelu", {between(-2, 2)}, [](In x) { return gelu(x[0]); }},
    {"greater", {apart(), apart()}, [](In x) { return greater(x[0], x[1]); }},
    {"greater_equal", {apart(), apart()}, [](In x) { return greater_equal(x[0], x[1]); }},
    {"is_finite", {between(-2, 2)}, [](In x) { return is_finite(x[0]); }},
    {"is_nan", {between(-2, 2)}, [](In x) { return is_nan(x[0]); }},
    {"leaky_relu", {away(0.2, 2)}, [](In x) { return leaky_relu(x[0], {.slope = 0.1}); }},
    {"less", {apart(), apart()}, [](In x) { return less(x[0], x[1]); }},
    {"less_equal", {apart(), apart()}, [](In x) { return less_equal(x[0], x[1]); }},
    {"log", {between(0.5, 3)}, [](In x) { return log(x[0]); }},
    {"log1p", {between(-0.5, 2)}, [](In x) { return log1p(x[0]); }},
    {"maximum", {apart(), apart()}, [](In x) { return maximum(x[0], x[1]); }},
    {"minimum", {apart(), apart()}, [](In x) { return minimum(x[0], x[1]); }},
    {"multiply", {between(-2, 2), between(-2, 2)}, [](In x) { return x[0] * x[1]; }},
    {"multiply", {between(-2, 2)}, [](In x) { return x[0] * x[0] * 3; }},
    {"negate", {between(-2, 2)}, [](In x) { return -x[0]; }},
    {"not_equal", {apart(), apart()}, [](In x) { return not_equal(x[0], x[1]); }},
    {"pow", {between(0.5, 2), between(-2, 2)}, [](In x) { return pow(x[0], x[1]); }},
    {"pow", {away(0.5, 2)}, [](In x) { return pow(x[0], 3); }},
    {"pow", {away(0.5, 2)}, [](In x) { return pow(x[0], 2); }},
    {"pow", {away(0.5, 2)}, [](In x) { return pow(x[0], -1); }},
    {"pow", {away(0.5, 2)}, [](In x) { return pow(x[0], 1); }},
    {"pow", {away(0.5, 2)}, [](In x) { return pow(x[0], 0); }},
    {"pow", {between(0.5, 2)}, [](In x) { return pow(x[0], 0.5); }},
    {"pow", {between(-2, 2)}, [](In x) { return pow(2, x[0]); }},
    {"reciprocal", {away(0.5, 2)}, [](In x) { return reciprocal(x[0]); }},
    {"relu", {away(0.2, 2)}, [](In x) { return relu(x[0]); }},
    {"round", {apart()}, [](In x) { return round(x[0]); }},
    {"sigmoid", {between(-4, 4)}, [](In x) { return sigmoid(x[0]); }},
    {"sign", {away(0.2, 2)}, [](In x) { return sign(x[0]); }},
    {"silu", {between(-4, 4)}, [](In x) { return silu(x[0]); }},
    {"sin", {between(-4, 4)}, [](In x) { return sin(x[0]); }},
    {"softplus", {between(-4, 4)}, [](In x) { return softplus(x[0]); }},
    {"sqrt", {between(0.5, 3)}, [](In x) { return sqrt(x[0]); }},
    {"square", {between(-2, 2)}, [](In x) { return square(x[0]); }},
    {"subtract", {between(-2, 2), between(-2, 2)}, [](In x) { return x[0] - x[1]; }},
    {"subtract", {between(-2, 2)}, [](In x) { return 3 - x[0]; }},
    {"tanh", {between(-2, 2)}, [](In x) { return tanh(x[0]); }},
    {"where", {away(0.2, 2), between(-2, 2), between(-2, 2)}, [](In x) { return where(greater(x[0], 0), x[1], x[2]); }},
};

}  // namespace

const std::vector<Sample>& elementwise() { return lines; }

}  // namespace samples
