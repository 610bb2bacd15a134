#include "everyface/web/forms.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "everyface/base/text.h"

namespace everyface::web {
namespace {

using nlohmann::json;

constexpr std::size_t kMostCookies = 64;

int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool is_unreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

/// RFC 9110's token characters.
bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [kMarks](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

/// RFC 6265's cookie octets.
bool is_cookie_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < '\x7f' && c != '"' && c != ',' && c != ';' && c != '\\';
  });
}

/// Digits alone, no sign; none where there are none or too many for 64 bits.
std::optional<std::uint64_t> parse_digits(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc() || stop != end || text.empty()) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
      if (low < 0) {
        return std::nullopt;
      }
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_blank) {
      c = ' ';
    }
    if (c == '\0') {
      return std::nullopt;
    }
    decoded += c;
  }
  if (to_valid_utf8(decoded) != decoded) {
    return std::nullopt;
  }
  return decoded;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (is_unreserved(c)) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += '%';
      encoded += kDigits[byte >> 4U];
      encoded += kDigits[byte & 15U];
    }
  }
  return encoded;
}

Result<Fields> parse_urlencoded(std::string_view text, const FormLimits& limits) {
  Fields fields;
  if (text.empty()) {
    return fields;
  }
  for (const std::string_view pair : split(text, '&')) {
    if (pair.empty()) {
      continue;
    }
    if (fields.size() == limits.fields) {
      return Error{"the form has more than " + std::to_string(limits.fields) + " fields"};
    }
    const std::size_t equals = pair.find('=');
    const std::string_view after =
        equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    auto name = percent_decode(pair.substr(0, equals), true);
    auto value = percent_decode(after, true);
    if (!name || !value) {
      return Error{"field " + std::to_string(fields.size() + 1) +
                   " of the form is not encoded as forms are: it needs UTF-8 and whole escapes"};
    }
    if (name->size() > limits.name_bytes || value->size() > limits.value_bytes) {
      return Error{"field " + std::to_string(fields.size() + 1) + " of the form is too long"};
    }
    fields.add(std::move(*name), std::move(*value));
  }
  return fields;
}

Fields parse_cookies(std::string_view header) {
  Fields cookies;
  for (const std::string_view part : split(header, ';')) {
    const std::string_view pair = trim(part);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || cookies.size() == kMostCookies) {
      continue;
    }
    const std::string_view name = pair.substr(0, equals);
    std::string_view value = pair.substr(equals + 1);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    if (is_token(name) && is_cookie_value(value)) {
      cookies.add(std::string(name), std::string(value));
    }
  }
  return cookies;
}

RangeRequest parse_range(std::string_view header, std::uint64_t size) {
  using Kind = RangeRequest::Kind;
  constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit)) {
    return {};
  }
  const std::string_view range = trim(header.substr(kUnit.size()));
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos || range.find(',') != std::string_view::npos) {
    return {};
  }
  const std::string_view from = range.substr(0, dash);
  const std::string_view to = range.substr(dash + 1);
  if (from.empty()) {
    const auto suffix = parse_digits(to);
    if (!suffix) {
      return {};
    }
    if (*suffix == 0 || size == 0) {
      return {Kind::kUnsatisfiable, {}};
    }
    const std::uint64_t length = std::min(*suffix, size);
    return {Kind::kPart, {size - length, length}};
  }
  const auto first = parse_digits(from);
  const auto last = to.empty() ? std::optional<std::uint64_t>(UINT64_MAX) : parse_digits(to);
  if (!first || !last || *last < *first) {
    return {};
  }
  if (*first >= size) {
    return {Kind::kUnsatisfiable, {}};
  }
  return {Kind::kPart, {*first, std::min(*last, size - 1) - *first + 1}};
}

Result<json> parse_json(std::string_view text, std::size_t depth) {
  std::vector<std::set<std::string>> names;
  bool too_deep = false;
  std::optional<std::string> twice;
  const auto watch = [&](int level, json::parse_event_t event, json& parsed) {
    using Event = json::parse_event_t;
    if (event == Event::object_start) {
      names.emplace_back();
    } else if (event == Event::object_end) {
      names.pop_back();
    } else if (event == Event::key) {
      const auto& name = parsed.get_ref<const std::string&>();
      if (!twice && !names.back().insert(name).second) {
        twice = name;
      }
    }
    if ((event == Event::object_start || event == Event::array_start) &&
        static_cast<std::size_t>(level) >= depth) {
      too_deep = true;
      return false;
    }
    return true;
  };
  json value;
  try {
    value = json::parse(text.begin(), text.end(), watch);
  } catch (const json::parse_error& problem) {
    const std::string_view before = text.substr(0, problem.byte);
    return Error{"this is not JSON from line " +
                 std::to_string(1 + std::count(before.begin(), before.end(), '\n')) + " on, byte " +
                 std::to_string(problem.byte)};
  }
  if (too_deep) {
    return Error{"the JSON is nested deeper than " + std::to_string(depth) + " levels"};
  }
  if (twice) {
    return Error{"the JSON names the same member twice in one object: " + json(*twice).dump()};
  }
  return value;
}

}  // namespace everyface::web
