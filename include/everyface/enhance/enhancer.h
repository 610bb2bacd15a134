// Enhancers: photos in, brighter photos out. One interface, one file per method, chains of them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/image/pixels.h"

namespace everyface {

class ModelRegistry;

/// One method with its parameters set. An instance may hold buffers and a network: use it from one
/// thread at a time, and make one for each thread.
class Enhancer {
 public:
  Enhancer() = default;
  Enhancer(const Enhancer&) = delete;
  Enhancer& operator=(const Enhancer&) = delete;
  virtual ~Enhancer() = default;

  /// Changes the pixels. Leaves them in floats unless the method is defined on 8 bits.
  virtual void apply(Pixels& photo) = 0;
};

/// A parameter of a method, for reading chains and for help.
struct Parameter {
  std::string name;
  double fallback = 0;  ///< the value where the chain gives none; NaN: "auto"
  double low = 0;       ///< smallest allowed value
  double high = 0;      ///< largest allowed value
  std::string meaning;  ///< with its unit
  bool whole = false;   ///< whole numbers only
};

/// The parameters of one use of a method; NaN means "auto" where the method offers it.
using ParameterValues = std::map<std::string, double>;

/// What a chain may name.
struct Method {
  std::string name;
  std::string summary;  ///< one line, with the source of the method
  std::vector<Parameter> parameters;
  std::string model;  ///< registry name of its weights; empty: needs none
  Result<std::unique_ptr<Enhancer>> (*make)(const ParameterValues& values,
                                            const ModelRegistry& models);
};

/// Every method, in the order of the documentation.
const std::vector<Method>& enhancement_methods();

/// Several methods, one after the other, as "nlm+gain(percentile=50)" names them.
class Chain {
 public:
  /// Reads a chain's text. Errors name the part that is wrong and what may stand there: unknown
  /// method or parameter (with the nearest known name), value out of range, missing parenthesis.
  static Result<Chain> parse(std::string_view text);

  /// The one way to write this chain: methods joined by "+", only parameters that differ from
  /// their defaults, in the order of the method's list, shortest numbers. Equal chains have equal
  /// names; parse(name()) gives the same chain.
  [[nodiscard]] const std::string& name() const { return name_; }

  /// Registry names of the models that the chain needs.
  [[nodiscard]] std::vector<std::string> models() const;

  /// Ready-to-run methods for one thread. Error: a model is missing or its file is damaged.
  [[nodiscard]] Result<std::vector<std::unique_ptr<Enhancer>>> make(
      const ModelRegistry& models) const;

 private:
  struct Step {
    const Method* method;
    ParameterValues values;
  };
  std::vector<Step> steps_;
  std::string name_;
};

/// Chains separated by commas outside parentheses: "none,gaussian(sigma=2.5)+gain".
Result<std::vector<Chain>> parse_chains(std::string_view text);

}  // namespace everyface
