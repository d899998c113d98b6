// What a tape's life finds outside the tape: parameters and tensors, which are written while the tape looks at them.
#pragma once

#include <cstddef>
#include <vector>

#include <capstan/graph/gradients.hpp>
#include <capstan/graph/parameter.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/tensor/tensor.hpp>

#include "life.hpp"

namespace lives {

/// A world that a tape must cope with is written in place. One for the tape it is compared with is not: what that tape
/// has recorded stays as it was, so that it always has the right value.
class World {
 public:
  explicit World(const Life& life);
  /// A copy for a tape to compare with.
  World copy() const;

  const capstan::Parameter& parameter(std::size_t i) const { return parameters_[i % parameters_.size()]; }
  const capstan::Parameter& number() const { return parameters_.back(); }
  const capstan::Tensor& tensor(std::size_t i) const { return tensors_[i % tensors_.size()]; }
  const capstan::Tensor& labels() const { return labels_; }
  const capstan::Tensor& other() const { return other_; }
  std::size_t parameters() const { return parameters_.size(); }
  std::size_t tensors() const { return tensors_.size(); }
  bool is_written_in_place() const { return in_place_; }

  void write_parameter(std::size_t i, double number, const capstan::Tape& tape);
  void update(const capstan::Gradients& gradients, const capstan::Tape& tape);
  void write_tensor(std::size_t i, double number);
  void new_tensor(std::size_t i, std::uint32_t way);

  /// What the parameters are now, and what tensors are.
  std::vector<capstan::Tensor> values() const;

 private:
  World() = default;
  void assign(std::size_t i, const capstan::Tensor& value, const capstan::Tape& tape);

  bool in_place_ = true;
  capstan::DType dtype_{};
  Size size_{};
  std::vector<capstan::Parameter> parameters_;
  std::vector<capstan::Tensor> written_;  ///< the value of a parameter
  std::vector<capstan::Tensor> tensors_;
  capstan::Tensor labels_;
  capstan::Tensor other_;
};

bool is_on(const capstan::Tape& tape, const capstan::Parameter& p);

}  // namespace lives
