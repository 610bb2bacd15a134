// The manifest of the model registry.
#include "nn/manifest.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  const auto entries = parse_manifest(fuzz::text_of(data, size), "manifest.json");
  if (!entries) {
    fuzz::require_message(entries.error().message, "manifest.json");
    return 0;
  }
  for (const ModelEntry& entry : *entries) {
    fuzz::require(entry.file.find('/') == std::string::npos && !entry.file.starts_with('.'),
                  "files stay in their folder");
    fuzz::require(entry.sha256.size() == 64, "checksums are whole");
    fuzz::require(entry.bytes > 0, "files are not empty");
  }
  return 0;
}
