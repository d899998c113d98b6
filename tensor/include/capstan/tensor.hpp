// The tensor room: values, and what all rooms share.
#pragma once

#include <capstan/tensor/dtype.hpp>
#include <capstan/tensor/elements.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/tensor/rng.hpp>
#include <capstan/tensor/shape.hpp>
#include <capstan/tensor/sizes.hpp>
#include <capstan/tensor/storage.hpp>
#include <capstan/tensor/tensor.hpp>
#include <capstan/tensor/threads.hpp>
