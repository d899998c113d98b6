// A convolution of oneDNN's, or one of its gradients: in the layouts that it chooses, on plain row-major data, or on such
// data with the reorders to the layouts that it chooses.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include <oneapi/dnnl/dnnl.hpp>

#include <capstan/kernels/window/convolution.hpp>

#include "convolution/cases.hpp"

namespace bench {

class OnednnConvolution {
 public:
  enum class Layout : std::uint8_t { chosen, plain, reordered };

  /// The arrays are row-major x, W and y.
  OnednnConvolution(const Convolution& c, capstan::kernels::Convolves which, Layout layout, std::span<float> x,
                    std::span<float> w, std::span<float> y)
      : engine_{dnnl::engine::kind::cpu, 0}, stream_{engine_} {
    using Memory = dnnl::memory;
    const Memory::dims sides(c.is_signal ? 1 : 2, c.size), outs(sides.size(), c.out()), taps(sides.size(), c.kernel);
    const auto joined = [](Memory::dims first, const Memory::dims& rest) {
      first.insert(first.end(), rest.begin(), rest.end());
      return first;
    };
    const Memory::dims of_w = c.groups > 1 ? Memory::dims{c.groups, c.outputs / c.groups, c.inputs / c.groups}
                                           : Memory::dims{c.outputs, c.inputs};
    add({DNNL_ARG_SRC, DNNL_ARG_DIFF_SRC}, joined({c.examples, c.inputs}, sides), x);
    add({DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_WEIGHTS}, joined(of_w, taps), w);
    add({DNNL_ARG_DST, DNNL_ARG_DIFF_DST}, joined({c.examples, c.outputs}, outs), y);
    make(which, layout != Layout::plain, Memory::dims(sides.size(), c.stride), Memory::dims(sides.size(), c.padding));
    is_timed_with_reorders_ = layout == Layout::reordered;
    load();
  }

  void run() {
    if (is_timed_with_reorders_) load();
    convolution_.execute(stream_, arguments_);
    if (is_timed_with_reorders_) store();
    stream_.wait();
  }

  /// Brings the result to the row-major array.
  void store() {
    Operand& o = operands_[result_];
    if (o.chosen.get_desc() != o.plain.get_desc()) dnnl::reorder{o.chosen, o.plain}.execute(stream_, o.chosen, o.plain);
    stream_.wait();
  }

 private:
  struct Operand {
    std::pair<int, int> names;  ///< as a value, and as a gradient
    dnnl::memory plain, chosen;
  };
  using Desc = dnnl::memory::desc;

  void add(std::pair<int, int> names, const dnnl::memory::dims& extents, std::span<float> data) {
    dnnl::memory::dims strides(extents.size());
    dnnl::memory::dim step = 1;
    for (std::size_t i = extents.size(); i-- > 0; step *= extents[i]) strides[i] = step;
    operands_.push_back({names, {{extents, dnnl::memory::data_type::f32, strides}, engine_, data.data()}, {}});
  }

  Desc desc(std::size_t i, bool free) const {
    const Desc plain = operands_[i].plain.get_desc();
    return free ? Desc{plain.dims(), plain.data_type(), dnnl::memory::format_tag::any} : plain;
  }

  void make(capstan::kernels::Convolves which, bool free, const dnnl::memory::dims& stride,
            const dnnl::memory::dims& padding) {
    using capstan::kernels::Convolves;
    const auto direct = dnnl::algorithm::convolution_direct;
    const Desc x = desc(0, free), w = desc(1, free), y = desc(2, free);
    const dnnl::convolution_forward::primitive_desc forward{
        {dnnl::prop_kind::forward_training, direct, x, w, y, stride, padding, padding}, engine_};
    if (which == Convolves::forward) {
      take(2, {forward.src_desc(), forward.weights_desc(), forward.dst_desc()});
      convolution_ = dnnl::convolution_forward{forward};
    } else if (which == Convolves::input) {
      const dnnl::convolution_backward_data::primitive_desc made{
          {direct, x, w, y, stride, padding, padding}, engine_, forward};
      take(0, {made.diff_src_desc(), made.weights_desc(), made.diff_dst_desc()});
      convolution_ = dnnl::convolution_backward_data{made};
    } else {
      const dnnl::convolution_backward_weights::primitive_desc made{
          {direct, x, w, y, stride, padding, padding}, engine_, forward};
      take(1, {made.src_desc(), made.diff_weights_desc(), made.diff_dst_desc()});
      convolution_ = dnnl::convolution_backward_weights{made};
    }
    const bool is_gradient = which != Convolves::forward;
    for (std::size_t i = 0; i < 3; ++i) {
      const auto [value, gradient] = operands_[i].names;
      arguments_[i == result_ || (i == 2 && is_gradient) ? (is_gradient ? gradient : value) : value] =
          operands_[i].chosen;
    }
  }

  void take(std::size_t result, const std::vector<Desc>& chosen) {
    result_ = result;
    for (std::size_t i = 0; i < 3; ++i) {
      Operand& o = operands_[i];
      o.chosen = chosen[i] == o.plain.get_desc() ? o.plain : dnnl::memory{chosen[i], engine_};
    }
  }

  void load() {
    for (std::size_t i = 0; i < 3; ++i) {
      Operand& o = operands_[i];
      if (i == result_ || o.chosen.get_desc() == o.plain.get_desc()) continue;
      dnnl::reorder{o.plain, o.chosen}.execute(stream_, o.plain, o.chosen);
    }
    stream_.wait();
  }

  dnnl::engine engine_;
  dnnl::stream stream_;
  std::vector<Operand> operands_;
  std::size_t result_ = 0;
  dnnl::primitive convolution_;
  std::unordered_map<int, dnnl::memory> arguments_;
  bool is_timed_with_reorders_ = false;
};

}  // namespace bench
