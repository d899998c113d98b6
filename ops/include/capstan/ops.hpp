// Every operation. For quicker builds include only what is used: <capstan/ops/matmul.hpp> and the like.
#pragma once

#include <capstan/ops/activations.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/cast.hpp>
#include <capstan/ops/compare.hpp>
#include <capstan/ops/concatenate.hpp>
#include <capstan/ops/convolution.hpp>
#include <capstan/ops/einsum.hpp>
#include <capstan/ops/elementwise.hpp>
#include <capstan/ops/integers.hpp>
#include <capstan/ops/losses.hpp>
#include <capstan/ops/matmul.hpp>
#include <capstan/ops/per_axis.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/softmax.hpp>
#include <capstan/ops/views.hpp>
