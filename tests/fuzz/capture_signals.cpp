// What photo files say of their origin: EXIF blocks, and the files around them.
#include "commons/capture_signals.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  const std::string_view bytes = fuzz::text_of(data, size);
  for (const CaptureSignals& signals :
       {read_exif_signals(bytes), read_capture_signals(bytes, PhotoFormat::kJpeg),
        read_capture_signals(bytes, PhotoFormat::kPng),
        read_capture_signals(bytes, PhotoFormat::kWebp)}) {
    fuzz::require(signals.software.size() <= 64, "the software's name is bounded");
    for (const char c : signals.software) {
      fuzz::require(c >= ' ' && c <= '~', "the software's name is printable");
    }
  }
  return 0;
}
