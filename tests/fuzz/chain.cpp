// Chains of enhancers.
#include "everyface/enhance/enhancer.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  const auto chains = parse_chains(fuzz::text_of(data, size));
  if (!chains) {
    fuzz::require_message(chains.error().message);
    return 0;
  }
  for (const Chain& chain : *chains) {
    const auto again = Chain::parse(chain.name());
    fuzz::require(again && again->name() == chain.name(), "a chain's name reads as that chain");
  }
  return 0;
}
