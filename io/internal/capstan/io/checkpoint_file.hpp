// CheckpointFile: a checkpoint that was opened and is whole, but not yet written back.
#pragma once

#include <memory>
#include <string>

#include <capstan/data/origin.hpp>
#include <capstan/io/checkpoint.hpp>
#include <capstan/io/safetensors.hpp>

namespace capstan::io {

class CheckpointFile {
 public:
  /// The origin's text must live as long as the object. IoError if the file is no checkpoint, or is damaged.
  explicit CheckpointFile(const data::Origin& origin);

  const CheckpointExtras& extras() const noexcept { return extras_; }
  /// Throws what load_checkpoint throws; nothing is written then.
  void restore(const CheckpointState& state) const;

 private:
  data::Origin origin_;
  TensorFile file_;
  std::string description_;
  CheckpointExtras extras_;
};

/// What an optimizer is, without its learning rate, for logs: "Sgd, momentum 0.9, dampening 0, nesterov false, weight_decay
/// 0".
std::string describe_optimizer(const optim::Optimizer& optimizer);

/// A line for each setting that is not the same: "\n  momentum: 0.5 here, 0.9 in the checkpoint".
std::string describe_differences(const optim::Settings& here, const optim::Settings& saved);

}  // namespace capstan::io
