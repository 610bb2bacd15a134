// Lists of pairs to compare.
#include "dataset/pairs.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  static const Dataset dataset = [] {
    Dataset made;
    for (const char* name : {"A/A_0001.jpg", "A/A_0002.jpg", "B/B_0001.jpg"}) {
      made.records.emplace_back().name = name;
    }
    return made;
  }();
  const auto pairs = dataset::parse_pairs(fuzz::text_of(data, size), "pairs.txt", dataset);
  if (!pairs) {
    fuzz::require_message(pairs.error().message, "pairs.txt");
    return 0;
  }
  for (const RecordPair& pair : *pairs) {
    fuzz::require(pair.first < 3 && pair.second < 3, "pairs are of records");
    fuzz::require(pair.first != pair.second, "pairs are of two records");
  }
  return 0;
}
