// Ema: an exponential moving average of weights, which is often better than the weights themselves.
//
//   optim::Ema average{named_parameters(net), {.decay = 0.999}};
//   …
//   descent.step(gradients);
//   average.update();                        // after each step
//   …
//   {
//     const auto scope = average.use();      // net has the averaged weights here
//     accuracy = train::accuracy(net, test);
//   }                                        // and its own again
#pragma once

#include <cstdint>
#include <source_location>
#include <vector>

#include <capstan/graph/parameter.hpp>
#include <capstan/optim/parameter_list.hpp>

namespace capstan::optim {

/// Options of Ema.
struct EmaOptions {
  double decay = 0.999;  ///< how much of the average stays from update to update
};

/// average := decay·average + (1 − decay)·p; it begins with the parameters as they are when it is made.
///
/// It has `visit`, under the names of the parameters that it was given: `io::save(average, file)` writes a file that the model
/// reads with `io::load`, and a checkpoint may hold `named_parameters(average)`, which is its whole state.
class Ema {
 public:
  /// ValueError for an empty list, a parameter given twice, and a decay that is not in [0, 1).
  explicit Ema(ParameterList parameters, const EmaOptions& options = {},
               std::source_location where = std::source_location::current());
  Ema(const Ema&) = delete;  // a scope knows its average by its place
  Ema& operator=(const Ema&) = delete;
  ~Ema() = default;

  /// Takes the parameters as they are now into the average. One pass, no heap allocation. ValueError while a scope lives.
  void update(std::source_location where = std::source_location::current());

  /// While it lives, the parameters have the averaged values; then they have their own again. It copies nothing, and counts
  /// as a write of each parameter when it begins and ends. A step that is taken meanwhile changes the average.
  class [[nodiscard]] Scope {
   public:
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope() { ema_->swap(where_); }

   private:
    friend class Ema;
    Scope(Ema& ema, const std::source_location& where) : ema_{&ema}, where_{where} { ema.swap(where); }
    Ema* ema_;
    std::source_location where_;
  };
  /// ValueError while another scope lives.
  Scope use(std::source_location where = std::source_location::current());

  double decay() const noexcept { return options_.decay; }
  /// The averages; while a scope lives, they have the parameters' own values.
  const std::vector<NamedParameter>& averages() const& noexcept { return averages_; }
  std::vector<NamedParameter> averages() const&& { return averages_; }

  /// Shows the averages.
  template <class Visitor>
  void visit(Visitor&& v) const {
    for (const NamedParameter& average : averages_) v(average.name, average.parameter);
  }

 private:
  void swap(const std::source_location& where) noexcept;
  void check_free(const char* what, const std::source_location& where) const;

  EmaOptions options_;
  std::vector<Parameter> parameters_;
  std::vector<NamedParameter> averages_;  // in the order of the parameters
  bool in_use_ = false;
};

}  // namespace capstan::optim
