// Everything of the room io: models, tensors and arrays in files.
#pragma once

#include <capstan/io/checkpoint.hpp>
#include <capstan/io/model.hpp>
#include <capstan/io/names.hpp>
#include <capstan/io/npy.hpp>
#include <capstan/io/safetensors.hpp>
#include <capstan/io/tensors.hpp>
