// init: the values that weights start with. Biases always start at 0.
//
//   models::DeepNet net{{.layers = {784, 128, 10}, .init = init::normal(0.01), .seed = 1}};   // as in the notes
//
// An initializer of your own is any function of the shape, the random numbers and the dtype.
#pragma once

#include <functional>
#include <source_location>

#include <capstan/tensor/dtype.hpp>
#include <capstan/tensor/rng.hpp>
#include <capstan/tensor/shape.hpp>
#include <capstan/tensor/tensor.hpp>

namespace capstan::init {

/// Gives the first value of a weight of shape (outputs, inputs); further axes, as a convolution has them, count to
/// both.
using Initializer = std::function<Tensor(const Shape& shape, Rng& rng, DType dtype)>;

/// All 0. Hidden units that start equal stay equal for ever: for logistic regression only.
Initializer zeros();

/// Normal with mean 0, the notes' randn · 0.01.
///
/// Throws    ValueError unless stddev is finite and not negative.
Initializer normal(double stddev = 0.01, std::source_location where = std::source_location::current());

/// Uniform in [low, high).
///
/// Throws    ValueError unless both are finite and low ≤ high.
Initializer uniform(double low = -0.05, double high = 0.05,
                    std::source_location where = std::source_location::current());

/// Normal with standard deviation √(2 / inputs): keeps the size of the activations from layer to layer where half of
/// them are cut off, as relu does.
///
/// Throws    when called: ShapeError for a weight of fewer than two axes.
/// Source    He et al., ICCV (2015).
Initializer he();

/// Uniform in [−r, r) with r = √(6 / (inputs + outputs)): for tanh and sigmoid.
///
/// Throws    when called: ShapeError for a weight of fewer than two axes.
/// Source    Glorot, Bengio, AISTATS (2010), equation 16.
Initializer xavier();

}  // namespace capstan::init
