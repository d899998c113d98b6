// The models room: layers and builders, their parameters and how these start, summaries, and how outputs become answers.
#pragma once

#include <capstan/models/activation.hpp>
#include <capstan/models/convolution.hpp>
#include <capstan/models/decision.hpp>
#include <capstan/models/deep_net.hpp>
#include <capstan/models/init.hpp>
#include <capstan/models/layer.hpp>
#include <capstan/models/linear.hpp>
#include <capstan/models/logistic_regression.hpp>
#include <capstan/models/normalisation.hpp>
#include <capstan/models/pass.hpp>
#include <capstan/models/sequential.hpp>
#include <capstan/models/snapshot.hpp>
#include <capstan/models/summary.hpp>
#include <capstan/models/visit.hpp>
