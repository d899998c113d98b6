// Everything a program needs: #include <capstan/capstan.hpp>, link capstan::capstan.
#pragma once

#include <capstan/data.hpp>
#include <capstan/graph.hpp>
#include <capstan/io.hpp>
#include <capstan/models.hpp>
#include <capstan/ops.hpp>
#include <capstan/optim.hpp>
#include <capstan/tensor.hpp>
#include <capstan/train.hpp>
