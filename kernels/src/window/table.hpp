// The loops of one instruction set, as a table.
#pragma once

#include "window/dots.hpp"
#include "window/kernels.hpp"
#include "window/plane.hpp"
#include "window/row.hpp"
#include "window/tile.hpp"

namespace capstan::kernels {

template <class Target, class T>
inline constexpr WindowKernels<T> window_kernels_of{
    .lanes = WindowLoops<Target, T>::lanes,
    .most_rows_one = WindowLoops<Target, T>::one,
    .most_rows_two = WindowLoops<Target, T>::two,
    .tile = &WindowLoops<Target, T>::tile,
    .put = &WindowLoops<Target, T>::put,
    .pack = &WindowLoops<Target, T>::pack,
    .copy = &WindowLoops<Target, T>::copy,
    .most_channels = WindowRows<Target, T>::most_channels,
    .vectors_of_row = [](int channels) { return WindowRows<Target, T>::vectors(channels); },
    .row = &WindowRows<Target, T>::run,
    .plane = &WindowPlanes<Target, T>::run,
    .rows_of_dots = [](int channels) { return WindowDotsOf<Target, T>::rows(channels); },
    .dots = &WindowDotsOf<Target, T>::run,
    .take = &WindowDotsOf<Target, T>::take,
};

template <class Target>
inline constexpr WindowTable window_table{window_kernels_of<Target, float>, window_kernels_of<Target, double>};

}  // namespace capstan::kernels
