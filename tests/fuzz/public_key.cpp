// The public key that somebody hands to a verification.
#include "everyface/commons/release_key.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  const std::string text(fuzz::text_of(data, size));
  const auto genuine = is_signed("text", std::string(kSignatureBytes, '\1'), text);
  if (!genuine) {
    fuzz::require_message(genuine.error().message, "public key");
    return 0;
  }
  fuzz::require(!*genuine, "no key has signed a made-up signature");
  return 0;
}
