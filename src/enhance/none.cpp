#include "enhance/method.h"

namespace everyface {
namespace {

class None : public Enhancer {
 public:
  void apply(Pixels& /*photo*/) override {}
};

}  // namespace

Method none_method() {
  return {.name = "none",
          .summary = "the photo as it is",
          .parameters = {},
          .model = "",
          .make = [](const ParameterValues&, const ModelRegistry&) { return made<None>(); }};
}

}  // namespace everyface
