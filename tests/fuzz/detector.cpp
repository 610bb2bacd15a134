// Detectors and fusions of them.
#include "everyface/detect/detector.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  const auto specs = parse_detectors(fuzz::text_of(data, size));
  if (!specs) {
    fuzz::require_message(specs.error().message);
    return 0;
  }
  for (const DetectorSpec& spec : *specs) {
    const auto again = DetectorSpec::parse(spec.name());
    fuzz::require(again && again->name() == spec.name(), "a detector's name reads as that one");
  }
  return 0;
}
