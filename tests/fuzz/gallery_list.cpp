// gallery.json.
#include "search/gallery_list.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  const auto segments = search::parse_gallery_list(fuzz::text_of(data, size), "gallery.json");
  if (!segments) {
    fuzz::require_message(segments.error().message, "gallery.json");
    return 0;
  }
  fuzz::require(!segments->empty(), "a gallery has segments");
  for (const search::ListedSegment& segment : *segments) {
    fuzz::require(search::segment_number(segment.file).has_value(), "files stay in their folder");
    fuzz::require(segment.count > 0, "segments are not empty");
  }
  const auto again =
      search::parse_gallery_list(search::gallery_list_text(*segments), "gallery.json");
  fuzz::require(again && again->size() == segments->size(), "a list reads as it was written");
  return 0;
}
