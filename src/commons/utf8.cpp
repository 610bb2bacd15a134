#include "commons/utf8.h"

#include "everyface/base/text.h"

namespace everyface {
namespace {

bool is_control(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte < 0x20 || byte == 0x7F) {
    return true;
  }
  // C1: U+0080 to U+009F, in UTF-8 0xC2 0x80 to 0xC2 0x9F.
  return byte == 0xC2 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0;
}

}  // namespace

std::optional<std::size_t> printable_characters(std::string_view text) {
  if (to_valid_utf8(text) != text) {
    return std::nullopt;
  }
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_control(text, at)) {
      return std::nullopt;
    }
    characters += (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U ? 1U : 0U;
  }
  return characters;
}

}  // namespace everyface
