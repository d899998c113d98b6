// The floors' loops are plain; they are compiled with -O3 -ffast-math, so that the compiler may make vectors of them,
// and once for each width of vectors that the processor may have.
#pragma once

#if defined(__x86_64__) && !defined(__clang__)
#define CAPSTAN_BENCH_VECTORISED __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CAPSTAN_BENCH_VECTORISED
#endif
