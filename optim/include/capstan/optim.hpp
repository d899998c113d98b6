// The optim room: optimizers and clipping.
#pragma once

#include <capstan/optim/clip.hpp>
#include <capstan/optim/optimizer.hpp>
#include <capstan/optim/sgd.hpp>
