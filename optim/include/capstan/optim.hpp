// The optim room: optimizers and clipping.
#pragma once

#include <capstan/optim/accumulator.hpp>
#include <capstan/optim/adadelta.hpp>
#include <capstan/optim/adagrad.hpp>
#include <capstan/optim/adam.hpp>
#include <capstan/optim/clip.hpp>
#include <capstan/optim/ema.hpp>
#include <capstan/optim/group.hpp>
#include <capstan/optim/lbfgs.hpp>
#include <capstan/optim/lion.hpp>
#include <capstan/optim/nadam.hpp>
#include <capstan/optim/optimizer.hpp>
#include <capstan/optim/option.hpp>
#include <capstan/optim/parameter_list.hpp>
#include <capstan/optim/part.hpp>
#include <capstan/optim/plateau.hpp>
#include <capstan/optim/rms_prop.hpp>
#include <capstan/optim/schedule.hpp>
#include <capstan/optim/sgd.hpp>
#include <capstan/optim/state.hpp>
