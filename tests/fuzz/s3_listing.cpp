// What blob stores answer.
#include "store/s3_xml.h"
#include "store/xml.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  const std::string_view text = fuzz::text_of(data, size);
  const auto listing = store::parse_s3_listing(text);
  if (listing) {
    for (const BlobEntry& entry : listing->entries) {
      fuzz::require(!entry.key.empty(), "an entry has a key");
    }
  } else {
    fuzz::require_message(listing.error().message);
  }
  const auto document = store::parse_xml(text);
  if (document) {
    fuzz::require(!document->name.empty(), "an element has a name");
  } else {
    fuzz::require_message(document.error().message, "XML");
  }
  store::parse_s3_time(text);
  return 0;
}
