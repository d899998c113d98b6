// GradientSets: the memory of the Gradients that backward returns. A set that no object holds any more is filled again,
// so that a repeated step allocates nothing.
#pragma once

#include <source_location>
#include <vector>

#include <capstan/graph/gradients.hpp>

#include "run/values.hpp"
#include "tape/recorder.hpp"

namespace capstan {

class GradientSets {
 public:
  /// Returns the gradients of a segment, whose values must be computed.
  Gradients collect(const GradientSegment& segment, const Recorder& recorder, Values& values,
                    const TapeOptions& options, std::source_location where);
  /// Releases the step's memory in the sets that no object holds.
  void rewind() noexcept;

 private:
  using SetPtr = boost::intrusive_ptr<Gradients::Set>;
  SetPtr take();
  static void collect_rows(Gradients::Entry& entry, const GradientSegment::Result& result,
                           const GradientSegment& segment, const Recorder& recorder, const Values& values,
                           const TapeOptions& options, std::source_location where);

  std::vector<SetPtr> known_;
};

}  // namespace capstan
