// GradientSets: the memory of what backward gives. A set that nobody holds any more is filled again, so that a repeated step
// takes no memory.
#pragma once

#include <source_location>
#include <vector>

#include <capstan/graph/gradients.hpp>

#include "run/values.hpp"
#include "tape/recorder.hpp"

namespace capstan {

class GradientSets {
 public:
  /// The gradients of a segment, which are computed.
  Gradients collect(const GradientSegment& segment, const Recorder& recorder, Values& values,
                    const TapeOptions& options, std::source_location where);
  /// Lets go of the step's memory in sets that nobody holds.
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
