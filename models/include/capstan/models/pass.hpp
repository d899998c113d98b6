// Pass: whether a net is being trained or evaluated. It is an argument, never a state of the net: a layer that needs to
// know, such as BatchNorm, takes it after its operand, and a net hands on what it was given:
//
//   Var operator()(const Operand& x, const Pass& pass) const { return out(relu(norm(in(x), pass))); }
//
// There is no default: a net that forgets to hand it on does not compile. train::fit and train::accuracy give it to
// models that take one.
#pragma once

namespace capstan {

class Rng;

/// `Pass{}` is evaluation, `Pass{.training = true, .rng = &rng}` is training.
struct Pass {
  bool training = false;
  /// Where layers draw random numbers from in training; it must live as long as the call. Null will do for nets without
  /// such layers.
  Rng* rng = nullptr;
};

}  // namespace capstan
