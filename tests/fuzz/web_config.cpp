// Configuration files.
#include "everyface/web/config.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  const auto config = web::parse_config(fuzz::text_of(data, size), "site.toml", {});
  if (!config) {
    fuzz::require_message(config.error().message);
    return 0;
  }
  fuzz::require(config->limits.photo_bytes >= 1U << 20U, "limits are in their range");
  fuzz::require(!config->database.url.empty(), "a database is named");
  return 0;
}
