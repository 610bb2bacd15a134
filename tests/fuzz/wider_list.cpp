// The lists of WIDER FACE.
#include "dataset/wider_list.h"

#include "tests/fuzz/labels.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  const std::string_view text = fuzz::text_of(data, size);
  for (const dataset::WiderEntry& entry : dataset::parse_wider_list(text, "list.txt")) {
    fuzz::require_faces(entry.faces);
    if (!entry.error.empty()) {
      fuzz::require_message(entry.error, "list.txt line ");
    }
  }
  for (const dataset::WiderSelection& one : dataset::parse_wider_subset(text, "easy.txt")) {
    if (!one.error.empty()) {
      fuzz::require_message(one.error, "easy.txt line ");
    }
  }
  return 0;
}
