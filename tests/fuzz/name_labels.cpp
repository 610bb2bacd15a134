// File names that carry labels.
#include "dataset/name_labels.h"

#include "tests/fuzz/labels.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  const std::string_view name = fuzz::text_of(data, size);
  for (const auto parse :
       {dataset::parse_utkface_name, dataset::parse_lfw_name, dataset::parse_yaleb_name}) {
    const auto face = parse(name);
    if (face) {
      fuzz::require_faces({*face});
      fuzz::require(!face->box, "a name gives no box");
      fuzz::require(!face->groups.empty() || face->subject, "a name says something");
    } else {
      fuzz::require_message(face.error().message);
    }
  }
  return 0;
}
