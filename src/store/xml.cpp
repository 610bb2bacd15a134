#include "store/xml.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "everyface/base/text.h"

namespace everyface::store {
namespace {

constexpr int kDeepest = 16;
constexpr std::string_view kBlanks = " \t\r\n";

bool may_be_in_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.' || c == ':';
}

/// UTF-8 of a character that XML allows.
std::optional<std::string> utf8(std::uint32_t code) {
  const bool allowed = code == '\t' || code == '\n' || code == '\r' ||
                       (code >= 0x20 && code < 0xd800) || (code >= 0xe000 && code < 0xfffe) ||
                       (code >= 0x10000 && code < 0x110000);
  if (!allowed) {
    return std::nullopt;
  }
  const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
  if (code < 0x80) {
    return std::string{byte(code)};
  }
  if (code < 0x800) {
    return std::string{byte(0xc0U | code >> 6U), byte(0x80U | (code & 0x3fU))};
  }
  if (code < 0x10000) {
    return std::string{byte(0xe0U | code >> 12U), byte(0x80U | (code >> 6U & 0x3fU)),
                       byte(0x80U | (code & 0x3fU))};
  }
  return std::string{byte(0xf0U | code >> 18U), byte(0x80U | (code >> 12U & 0x3fU)),
                     byte(0x80U | (code >> 6U & 0x3fU)), byte(0x80U | (code & 0x3fU))};
}

std::optional<std::string> entity(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, char>, 5> kNamed = {
      {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
  for (const auto& [known, character] : kNamed) {
    if (name == known) {
      return std::string{character};
    }
  }
  const bool hex = name.starts_with("#x");
  if (!name.starts_with("#")) {
    return std::nullopt;
  }
  name.remove_prefix(hex ? 2 : 1);
  std::uint32_t code = 0;
  const auto [end, problem] =
      std::from_chars(name.data(), name.data() + name.size(), code, hex ? 16 : 10);
  return problem == std::errc() && end == name.data() + name.size() ? utf8(code) : std::nullopt;
}

class Reader {
 public:
  explicit Reader(std::string_view xml) : xml_(xml) {}

  Result<XmlElement> document() {
    if (!skip_between()) {
      return wrong("a comment or declaration does not end");
    }
    XmlElement root;
    if (auto read = element(root, 1); !read) {
      return read.error();
    }
    if (!skip_between() || at_ != xml_.size()) {
      return wrong("something follows the document");
    }
    return root;
  }

 private:
  [[nodiscard]] Error wrong(const std::string& what) const {
    return Error{"the XML cannot be read at byte " + std::to_string(at_) + ": " + what};
  }
  [[nodiscard]] std::string_view rest() const { return xml_.substr(at_); }
  bool take(std::string_view expected) {
    const bool there = rest().starts_with(expected);
    at_ += there ? expected.size() : 0;
    return there;
  }
  bool skip_past(std::string_view end) {
    const std::size_t found = xml_.find(end, at_);
    at_ = found == std::string_view::npos ? at_ : found + end.size();
    return found != std::string_view::npos;
  }
  void skip_blanks() { at_ = std::min(xml_.find_first_not_of(kBlanks, at_), xml_.size()); }

  /// Blanks, comments and processing instructions outside of elements.
  bool skip_between() {
    for (;;) {
      skip_blanks();
      if (take("<?")) {
        if (!skip_past("?>")) {
          return false;
        }
      } else if (take("<!--")) {
        if (!skip_past("-->")) {
          return false;
        }
      } else {
        return true;
      }
    }
  }

  std::string_view name() {
    const std::size_t begin = at_;
    while (at_ < xml_.size() && may_be_in_name(xml_[at_])) {
      ++at_;
    }
    return xml_.substr(begin, at_ - begin);
  }

  /// From "<name" to its end tag.
  Result<void> element(XmlElement& into, int depth) {
    if (depth > kDeepest) {
      return wrong("elements are nested more than " + std::to_string(kDeepest) + " deep");
    }
    if (!take("<")) {
      return wrong("an element was expected");
    }
    const std::string_view tag = name();
    if (tag.empty()) {
      return wrong("an element has no name");
    }
    const std::size_t colon = tag.rfind(':');
    into.name = tag.substr(colon == std::string_view::npos ? 0 : colon + 1);
    if (!attributes()) {
      return wrong("an attribute cannot be read");
    }
    if (take("/>")) {
      return {};
    }
    if (!take(">")) {
      return wrong("a tag does not end");
    }
    return content(into, tag, depth);
  }

  bool attributes() {
    for (skip_blanks(); at_ < xml_.size() && may_be_in_name(xml_[at_]); skip_blanks()) {
      name();
      skip_blanks();
      if (!take("=")) {
        return false;
      }
      skip_blanks();
      if (!(take("\"") ? skip_past("\"") : take("'") && skip_past("'"))) {
        return false;
      }
    }
    return true;
  }

  Result<void> content(XmlElement& into, std::string_view tag, int depth) {
    for (;;) {
      if (take("</")) {
        const bool same = name() == tag;
        skip_blanks();
        return same && take(">") ? Result<void>() : wrong("an end tag does not match");
      }
      if (take("<!--")) {
        if (!skip_past("-->")) {
          return wrong("a comment does not end");
        }
      } else if (rest().starts_with("<")) {
        if (auto read = element(into.children.emplace_back(), depth + 1); !read) {
          return read;
        }
      } else if (take("&")) {
        const std::size_t end = xml_.find(';', at_);
        const auto resolved =
            end == std::string_view::npos ? std::nullopt : entity(xml_.substr(at_, end - at_));
        if (!resolved) {
          return wrong("an entity is unknown");
        }
        into.text += *resolved;
        at_ = end + 1;
      } else if (at_ < xml_.size()) {
        into.text += xml_[at_++];
      } else {
        return wrong("the document ends within " + into.name);
      }
    }
  }

  std::string_view xml_;
  std::size_t at_ = 0;
};

}  // namespace

const XmlElement* XmlElement::child(std::string_view wanted) const {
  const auto found = std::find_if(children.begin(), children.end(), [&](const XmlElement& element) {
    return element.name == wanted;
  });
  return found == children.end() ? nullptr : &*found;
}

Result<XmlElement> parse_xml(std::string_view xml) { return Reader(xml).document(); }

}  // namespace everyface::store
