#include "nn/shipped_weights.h"

#include <algorithm>

namespace everyface {

std::string_view shipped_weights(std::string_view file) {
  const auto& files = shipped_files();
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const EmbeddedFile& one) { return one.name == file; });
  return found == files.end() ? std::string_view() : found->content;
}

}  // namespace everyface
