// Headers of photo files, and the colour profiles in them.
#include "everyface/image/header.h"
#include "image/colour_profile.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  const std::string_view bytes = fuzz::text_of(data, size);
  const auto header = read_photo_header(bytes);
  if (!header) {
    fuzz::require_message(header.error().message);
    return 0;
  }
  fuzz::require(header->width > 0 && header->height > 0, "a photo has pixels");
  fuzz::require(header->orientation >= 1 && header->orientation <= 8, "orientation is 1 to 8");
  static_cast<void>(is_complete(bytes, header->format));
  static_cast<void>(read_colour_profile(bytes, header->format));
  return 0;
}
