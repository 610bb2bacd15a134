// What a photo worker answers, and templates that come back from the vault.
#include "commons/worker_answer.h"

#include "everyface/commons/duplicates.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  const std::string_view bytes = fuzz::text_of(data, size);
  const auto answer = read_answer(bytes);
  if (!answer) {
    fuzz::require_message(answer.error().message);
  } else if (!answer->problem) {
    fuzz::require(answer->width > 0 && answer->width <= kMaxKeptSide && answer->height > 0 &&
                      answer->height <= kMaxKeptSide,
                  "a photo has pixels, and not too many");
  }
  static_cast<void>(read_template(bytes).ok());
  return 0;
}
