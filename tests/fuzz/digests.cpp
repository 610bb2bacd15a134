// SHA256SUMS of a downloaded release.
#include "everyface/commons/release_verify.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  const auto lines = parse_digests(fuzz::text_of(data, size));
  if (!lines) {
    fuzz::require_message(lines.error().message, "SHA256SUMS");
    return 0;
  }
  for (const DigestLine& line : *lines) {
    fuzz::require(line.sha256.size() == 64, "digests have 64 digits");
    const std::filesystem::path path = line.name;
    fuzz::require(path.is_relative() && path.lexically_normal() == path && *path.begin() != "..",
                  "names stay below the folder");
  }
  return 0;
}
