// The train room: fit, the loop that trains a model, what is seen of it on the way, and metrics.
#pragma once

#include <capstan/train/accuracy.hpp>
#include <capstan/train/checkpoint.hpp>
#include <capstan/train/early_stopping.hpp>
#include <capstan/train/fit.hpp>
#include <capstan/train/history.hpp>
#include <capstan/train/logs.hpp>
#include <capstan/train/observer.hpp>
#include <capstan/train/progress.hpp>
#include <capstan/train/reduce_on_plateau.hpp>
