// Template files, which may come from others.
#include "everyface/recognize/template_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  static const int memory = ::memfd_create("fuzzed", 0);
  static const std::string path = "/proc/self/fd/" + std::to_string(memory);
  fuzz::require(
      ::ftruncate(memory, 0) == 0 && ::pwrite(memory, data, size, 0) == static_cast<ssize_t>(size),
      "the input can be written");
  const auto file = TemplateFile::open(path);
  if (!file) {
    fuzz::require_message(file.error().message, path);
    return 0;
  }
  fuzz::require(file->rows().size() == file->size() * file->info().dimensions, "rows are whole");
  std::size_t bytes = file->rows().size_bytes();
  for (std::size_t i = 0; i < file->size(); ++i) {
    for (std::size_t column = 0; column < file->info().columns.size(); ++column) {
      const std::string value(file->value(column, i));  // touches every byte
      bytes += value.size();
    }
  }
  fuzz::require(bytes <= size, "all parts lie within the file");
  return 0;
}
