// Forms and queries.
#include "everyface/web/forms.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  const std::string_view text = fuzz::text_of(data, size);
  web::FormLimits limits;
  limits.fields = 16;
  limits.name_bytes = 16;
  limits.value_bytes = 64;
  const auto fields = web::parse_urlencoded(text, limits);
  if (!fields) {
    fuzz::require_message(fields.error().message);
    return 0;
  }
  fuzz::require(fields->size() <= limits.fields, "fields are bounded");
  std::string again;
  for (const auto& [name, value] : *fields) {
    fuzz::require(name.size() <= limits.name_bytes && value.size() <= limits.value_bytes,
                  "names and values are bounded");
    fuzz::require(to_valid_utf8(value) == value && value.find('\0') == std::string::npos,
                  "values are text");
    again += "&" + web::percent_encode(name) + "=" + web::percent_encode(value);
  }
  const auto reread = web::parse_urlencoded(again, limits);
  fuzz::require(reread.ok() && reread->size() == fields->size(), "what is written reads the same");
  auto other = reread->begin();
  for (const auto& item : *fields) {
    fuzz::require(item == *other++, "what is written reads the same");
  }
  return 0;
}
