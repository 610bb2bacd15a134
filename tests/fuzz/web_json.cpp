// JSON bodies, and catalogues of texts, which are JSON too.
#include <nlohmann/json.hpp>

#include "everyface/web/forms.h"
#include "everyface/web/messages.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  const std::string_view text = fuzz::text_of(data, size);
  const auto value = web::parse_json(text, 8);
  if (value) {
    const std::string written = value->dump();
    fuzz::require(web::parse_json(written, 8).value() == *value, "what is written reads the same");
  } else {
    fuzz::require_message(value.error().message);
  }
  const auto catalogue = web::Catalogue::parse(text, "en", "en.json");
  if (!catalogue) {
    fuzz::require_message(catalogue.error().message, "en.json");
  }
  return 0;
}
