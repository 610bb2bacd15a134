// Label files of Dark Face and YOLO.
#include "dataset/box_labels.h"

#include "tests/fuzz/labels.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  const std::string_view text = fuzz::text_of(data, size);
  fuzz::require_labels(dataset::parse_darkface_label(text, "label/7.txt"), "label/7.txt line ");
  fuzz::require_labels(dataset::parse_yolo_label(text, "label/7.txt"), "label/7.txt line ");
  return 0;
}
