#include "everyface/base/printable.h"

#include <algorithm>

#include "everyface/base/text.h"

namespace everyface {

std::string printable(std::string_view bytes) {
  std::string line = to_valid_utf8(bytes);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }, '?');
  return line;
}

}  // namespace everyface
