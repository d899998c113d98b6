// Convolutions and their two gradients against oneDNN: in the layouts that it chooses, which is the floor, and on row-major
// data as ours is, the better of computing on it and of reordering it. Every round times each of them in turn. On one
// thread, what is timed is the thread's own time, so that other programs on the machine count less.
//
// CAPSTAN_ISA=avx2 with DNNL_MAX_CPU_ISA=AVX2 compares both with shorter vectors.

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/core.h>

#include <capstan/kernels/window/convolution.hpp>
#include <capstan/tensor/rng.hpp>
#include <capstan/tensor/sizes.hpp>
#include <capstan/tensor/tensor.hpp>

#include "convolution/cases.hpp"
#include "convolution/onednn.hpp"
#include "support/measure.hpp"
#include "support/report.hpp"

namespace {

using bench::Convolution;
using bench::OnednnConvolution;
using capstan::Tensor;
using capstan::kernels::Convolves;

/// What this thread has run for.
double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// x, W and y of a convolution, all random: whichever is computed is written over.
struct Operands {
  Tensor x, w, y;

  explicit Operands(const Convolution& c) {
    capstan::Rng rng{1};
    const std::int64_t in = c.is_signal ? c.size : c.size * c.size, out = c.is_signal ? c.out() : c.out() * c.out();
    const std::int64_t taps = c.is_signal ? c.kernel : c.kernel * c.kernel;
    x = Tensor::uniform({c.examples * c.inputs * in}, rng, {.low = -1.0, .high = 1.0});
    w = Tensor::uniform({c.outputs * (c.inputs / c.groups) * taps}, rng, {.low = -1.0, .high = 1.0});
    y = Tensor::uniform({c.examples * c.outputs * out}, rng, {.low = -1.0, .high = 1.0});
  }
  Tensor& of(Convolves which) { return which == Convolves::forward ? y : which == Convolves::input ? x : w; }
};

class Ours {
 public:
  Ours(const Convolution& c, Convolves which, Operands& o, int threads)
      : shape_{c.shape()}, which_{which}, threads_{threads}, operands_{o} {
    const auto bytes = capstan::kernels::convolution_scratch(which, shape_);
    const std::size_t all = capstan::engine::aligned(bytes.shared) +
                            capstan::engine::aligned(bytes.worker) * static_cast<std::size_t>(threads);
    scratch_ = Tensor::empty({static_cast<std::int64_t>(all / sizeof(float)) + 1});
  }
  void operator()() {
    Operands& o = operands_;
    const void* const first = which_ == Convolves::input ? o.y.raw() : o.x.raw();
    const void* const second = which_ == Convolves::weights ? o.y.raw() : o.w.raw();
    capstan::kernels::convolve(which_, shape_, first, second, o.of(which_).raw(), scratch_.raw(), threads_);
  }

 private:
  capstan::kernels::ConvolutionShape shape_;
  Convolves which_;
  int threads_;
  Operands& operands_;
  Tensor scratch_;
};

void check_equal(const std::string& name, const Tensor& ours, const Tensor& theirs, double products) {
  const auto a = ours.data<float>(), b = theirs.data<float>();
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::abs(a[i] - b[i]) <= 1e-6 * products) continue;
    throw std::runtime_error{fmt::format("{}: element {} is {} by ours and {} by oneDNN", name, i, a[i], b[i])};
  }
}

std::vector<bench::Record> measure(const Convolution& c, Convolves which, const bench::Options& options) {
  static constexpr std::array names = {"forward", "dx", "dW"};
  const std::string variant = fmt::format("{}, {}", c.name, names[static_cast<std::size_t>(which)]);
  Operands mine{c}, theirs{c};
  const auto span = [](Tensor& t) {
    return std::span<float>{static_cast<float*>(t.raw()), static_cast<std::size_t>(t.elements())};
  };
  const auto peer = [&](OnednnConvolution::Layout layout) {
    return OnednnConvolution{c, which, layout, span(theirs.x), span(theirs.w), span(theirs.y)};
  };
  OnednnConvolution chosen = peer(OnednnConvolution::Layout::chosen), plain = peer(OnednnConvolution::Layout::plain),
                    reordered = peer(OnednnConvolution::Layout::reordered);
  Ours ours{c, which, mine, options.threads};
  ours();
  chosen.run();
  chosen.store();
  check_equal(variant, mine.of(which), theirs.of(which),
              c.operations() / static_cast<double>(mine.of(which).elements()));
  const std::vector<std::function<void()>> all{[&] { ours(); }, [&] { chosen.run(); }, [&] { plain.run(); },
                                               [&] { reordered.run(); }};
  const auto clock = options.threads == 1 ? &thread_seconds : &bench::seconds;
  const std::vector<bench::Lap> laps = bench::race(options.quick ? 1 : 15, options.quick ? 0.0 : 2e-3, all, clock);
  const std::size_t better = laps[2].seconds < laps[3].seconds ? 2 : 3;
  const bench::Allowed allowed = c.allowed(which == Convolves::weights);
  const auto record = [&](std::size_t i, double target, const char* floor) {
    return bench::Record{.workload = "convolution",
                         .variant = fmt::format("{}{}", variant, i == 1 ? "" : ", plain"),
                         .threads = options.threads,
                         .unit = "ms",
                         .ours = laps[0].seconds * 1e3,
                         .floor = laps[i].seconds * 1e3,
                         .ratio_floor = laps[i].ratio,
                         .target = target,
                         .floor_name = floor};
  };
  fmt::print(
      "{:<46} {:>9.3f} ms {:>7.1f} GFLOP/s, of oneDNN's own layouts {:>6.2f}, plain {:>6.2f}, reordered {:>6.2f}\n",
      variant, laps[0].seconds * 1e3, c.operations() / laps[0].seconds * 1e-9, laps[1].ratio, laps[2].ratio,
      laps[3].ratio);
  std::fflush(stdout);
  return {record(1, allowed.blocked, "oneDNN in layouts of its choice"),
          record(better, allowed.plain, "oneDNN on row-major data, as it is or reordered")};
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv, "Convolutions and their gradients against oneDNN", [](const bench::Options& options) {
    std::vector<bench::Record> records;
    for (const Convolution& c : bench::convolutions()) {
      if (options.quick && c.operations() > 3e8) continue;
      for (const Convolves which : {Convolves::forward, Convolves::input, Convolves::weights}) {
        for (bench::Record& r : measure(c, which, options)) records.push_back(std::move(r));
      }
    }
    return records;
  });
}
