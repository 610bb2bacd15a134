#include "image/pnm.h"

#include <algorithm>

namespace everyface {
namespace {

/// The next number of a Netpbm header, after white space and comments; moves `at` behind it.
std::optional<std::uint64_t> read_number(std::string_view text, std::size_t& at) {
  const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (at < text.size() && (is_space(text[at]) || text[at] == '#')) {
    if (text[at] == '#') {
      at = std::min(text.find('\n', at), text.size());
    } else {
      ++at;
    }
  }
  std::uint64_t number = 0;
  const std::size_t first = at;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9' && at - first < 10) {
    number = 10 * number + static_cast<std::uint64_t>(text[at] - '0');
    ++at;
  }
  return at > first ? std::optional(number) : std::nullopt;
}

}  // namespace

std::optional<PnmHeader> read_pnm_header(std::string_view text) {
  std::size_t at = 2;
  const auto width = read_number(text, at);
  const auto height = width ? read_number(text, at) : std::nullopt;
  const bool has_maximum = text[1] != '1' && text[1] != '4';
  const auto maximum =
      height && has_maximum ? read_number(text, at) : std::optional<std::uint64_t>(1);
  if (!height || !maximum) {
    return std::nullopt;
  }
  return PnmHeader{*width, *height, *maximum, at + 1};
}

}  // namespace everyface
