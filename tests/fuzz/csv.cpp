// CSV manifests and demographics.
#include "dataset/csv.h"

#include <set>

#include "dataset/demographics.h"
#include "tests/fuzz/labels.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  const std::string_view text = fuzz::text_of(data, size);
  const auto manifest = dataset::parse_csv_manifest(text, "m.csv");
  if (manifest) {
    std::set<std::string> names;
    for (const Record& record : manifest->records) {
      fuzz::require(!record.name.empty(), "records have names");
      fuzz::require(names.insert(record.name).second, "names are unique");
      fuzz::require_faces(record.faces);
      fuzz::require(record.labelled || record.faces.empty(), "only labelled photos have faces");
      if (!record.error.empty()) {
        fuzz::require_message(record.error, "m.csv line ");
      }
    }
    for (const std::string& problem : manifest->problems) {
      fuzz::require_message(problem, "m.csv line ");
    }
  } else {
    fuzz::require_message(manifest.error().message, "m.csv line ");
  }
  const auto demographics = dataset::parse_demographics(text, "d.csv");
  if (!demographics) {
    fuzz::require_message(demographics.error().message, "d.csv line ");
  }
  return 0;
}
