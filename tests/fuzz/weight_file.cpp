// Weight files, which may come from others.
#include "nn/weight_file.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  const auto file = read_weight_file(fuzz::text_of(data, size));
  if (!file) {
    fuzz::require_message(file.error().message);
    return 0;
  }
  for (const auto& [name, tensor] : file->tensors) {
    std::size_t count = 1;
    for (const std::size_t length : tensor.shape) {
      count *= length;
    }
    fuzz::require(count == tensor.values.size(), "a tensor has as many values as its shape says");
    fuzz::require(count * 2 <= size, "values come from the file");
  }
  return 0;
}
