// BatchNorm, LayerNorm, GroupNorm, RmsNorm: layers that give values mean 0 and variance 1, and then a scale gamma and a
// shift beta that are learnt. They differ in which values are taken together. x is (features, examples), or signals, images
// and volumes (examples, channels, …), whose channels are the features.
//
//   models::BatchNorm norm{{.features = 16}};
//   const Var y = norm(x, pass);               // x (64, 16, 32, 32): a mean and a variance for each of 16 channels
#pragma once

#include <cstdint>
#include <source_location>

#include <capstan/graph/buffer.hpp>
#include <capstan/graph/parameter.hpp>
#include <capstan/graph/var.hpp>
#include <capstan/models/pass.hpp>
#include <capstan/tensor/dtype.hpp>

namespace capstan::models {

/// Options of BatchNorm.
struct BatchNormOptions {
  std::int64_t features = 0;  ///< must be given
  double momentum = 0.1;      ///< how much of a batch goes into the running mean and variance, in [0, 1]
  double epsilon = 1e-5;      ///< is added to variances, so that one of 0 divides nothing by 0
  DType dtype = DType::f32;
};

/// Normalises each feature over all examples (and places) of the batch, in training; in evaluation, by the running mean
/// and variance of what it was trained with.
///
/// Source    Ioffe, Szegedy, ICML (2015); running values as torch.nn.BatchNorm2d (1.13) has them.
struct BatchNorm {
  Parameter gamma, beta;                  ///< (features), start at 1 and 0
  Buffer running_mean, running_variance;  ///< (features), start at 0 and 1; the variance is that of a sample (n − 1)

  /// ValueError for fewer than one feature, a momentum outside [0, 1], an epsilon that is negative or not finite;
  /// DTypeError for i32.
  explicit BatchNorm(const BatchNormOptions& options, std::source_location where = std::source_location::current());

  /// y of x's shape. In training, the buffers are updated once the gradients of the step are computed.
  ///
  /// Throws    ShapeError for an x of fewer than two axes, or of other features; in training, for a batch with less than
  ///           two values of a feature, whose variance says nothing; ValueError where x is not on a tape.
  Var operator()(const Operand& x, const Pass& pass) const;

  /// Shows parameters and buffers.
  template <class Visitor>
  void visit(Visitor&& v) {
    v("gamma", gamma);
    v("beta", beta);
    v("running_mean", running_mean);
    v("running_variance", running_variance);
  }

 private:
  double momentum_, epsilon_;
};

/// Options of LayerNorm and RmsNorm.
struct LayerNormOptions {
  std::int64_t features = 0;  ///< must be given
  std::int64_t axis = 0;      ///< of the features: 0 for x (features, examples), 1 for (examples, features, time)
  double epsilon = 1e-5;
  DType dtype = DType::f32;
};

/// Normalises the features of each example by themselves, in training as in evaluation.
///
/// Source    Ba, Kiros, Hinton, arXiv 1607.06450 (2016).
struct LayerNorm {
  Parameter gamma, beta;  ///< (features), start at 1 and 0

  /// ValueError for fewer than one feature, an epsilon that is negative or not finite; DTypeError for i32.
  explicit LayerNorm(const LayerNormOptions& options, std::source_location where = std::source_location::current());

  /// y of x's shape. IndexError for an x without that axis, ShapeError for other features.
  Var operator()(const Operand& x) const;

  /// Shows gamma and beta.
  template <class Visitor>
  void visit(Visitor&& v) {
    v("gamma", gamma);
    v("beta", beta);
  }

 private:
  std::int64_t axis_;
  double epsilon_;
};

/// Divides the features of each example by the root of the mean of their squares, and has no shift.
///
/// Source    Zhang, Sennrich, NeurIPS (2019).
struct RmsNorm {
  Parameter gamma;  ///< (features), starts at 1

  /// As LayerNorm.
  explicit RmsNorm(const LayerNormOptions& options, std::source_location where = std::source_location::current());

  /// y of x's shape. Throws as LayerNorm.
  Var operator()(const Operand& x) const;

  /// Shows gamma.
  template <class Visitor>
  void visit(Visitor&& v) {
    v("gamma", gamma);
  }

 private:
  std::int64_t axis_;
  double epsilon_;
};

/// Options of GroupNorm.
struct GroupNormOptions {
  std::int64_t features = 0;  ///< channels; must be given
  std::int64_t groups = 0;    ///< must be given, and divide the channels
  double epsilon = 1e-5;
  DType dtype = DType::f32;
};

/// Normalises each group of channels of each example by itself, in training as in evaluation. One group for each channel is
/// instance normalisation.
///
/// Source    Wu, He, ECCV (2018).
struct GroupNorm {
  Parameter gamma, beta;  ///< (features), start at 1 and 0

  /// As LayerNorm; ValueError for groups that do not divide the features.
  explicit GroupNorm(const GroupNormOptions& options, std::source_location where = std::source_location::current());

  /// y of x's shape, (examples, channels, …). ShapeError for an x of fewer than two axes, or of other channels.
  Var operator()(const Operand& x) const;

  /// Shows gamma and beta.
  template <class Visitor>
  void visit(Visitor&& v) {
    v("gamma", gamma);
    v("beta", beta);
  }

 private:
  std::int64_t groups_;
  double epsilon_;
};

}  // namespace capstan::models
