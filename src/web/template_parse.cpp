#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "everyface/base/printable.h"
#include "everyface/base/text.h"
#include "web/template_tree.h"

namespace everyface::web {
namespace {

using Kind = TemplateNode::Kind;
using Blocks = std::map<std::string, TemplateNodes, std::less<>>;

constexpr std::array<std::string_view, 5> kUrlAttributes = {"href", "src", "action", "formaction",
                                                            "poster"};

/// A tag between braces.
struct Tag {
  char mark = 0;      ///< # ^ / > < $ ! & or 0 for a value
  std::string name;   ///< what follows the mark
  bool raw = false;   ///< in three braces
  std::string where;  ///< file and line
};

std::optional<std::vector<std::string>> parse_path(std::string_view name) {
  if (name == ".") {
    return std::vector<std::string>{"."};
  }
  std::vector<std::string> path;
  for (const std::string_view part : split(name, '.')) {
    if (part.empty() || !std::all_of(part.begin(), part.end(), [](char c) {
          return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 c == '_' || c == '-';
        })) {
      return std::nullopt;
    }
    path.emplace_back(part);
  }
  return path;
}

/// True where `text` ends within quotes right after the name of an attribute that holds a URL.
bool begins_url(std::string_view text) {
  if (!text.ends_with("=\"") && !text.ends_with("='")) {
    return false;
  }
  text.remove_suffix(2);
  return std::any_of(kUrlAttributes.begin(), kUrlAttributes.end(), [text](std::string_view name) {
    if (text.size() <= name.size() || lower_case(text.substr(text.size() - name.size())) != name) {
      return false;
    }
    const char before = text[text.size() - name.size() - 1];
    return before == ' ' || before == '\n' || before == '\t';
  });
}

class Parser {
 public:
  Parser(const TemplateSource& source, const Messages& messages, const Assets& assets)
      : source_(source), messages_(messages), assets_(assets) {}

  Result<TemplateNodes> file(std::string_view name, const Blocks& blocks) {
    const EmbeddedFile* found = source_(name);
    if (found == nullptr) {
      return Error{"there is no template " + std::string(name)};
    }
    if (std::find(open_.begin(), open_.end(), name) != open_.end()) {
      return Error{"the template " + std::string(name) + " contains itself"};
    }
    open_.emplace_back(name);
    Reading reading{found->name, found->content, 0, blocks};
    auto nodes = sequence(reading, Tag{});
    open_.pop_back();
    return nodes;
  }

 private:
  struct Reading {
    std::string_view file;
    std::string_view text;
    std::size_t at;
    const Blocks& blocks;

    [[nodiscard]] std::string where() const {
      const auto lines =
          std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
      return std::string(file) + " line " + std::to_string(lines + 1);
    }
  };

  static Error wrong(const Tag& tag, const std::string& what) {
    return Error{tag.where + ": " + printable(what)};
  }

  /// Up to the tag that closes `opened`, or to the end where that has no name.
  Result<TemplateNodes> sequence(Reading& reading, const Tag& opened);
  static Result<Tag> tag(Reading& reading, std::string& text_before);
  static Result<void> value_of(const Tag& tag, std::string_view before, TemplateNodes& nodes);
  Result<void> words(const Tag& tag, TemplateNodes& nodes);
  Result<void> structure(Reading& reading, const Tag& tag, TemplateNodes& nodes);
  Result<void> inherit(Reading& reading, const Tag& tag, TemplateNodes& nodes);

  const TemplateSource& source_;
  const Messages& messages_;
  const Assets& assets_;
  std::vector<std::string> open_;
  Blocks* collected_ = nullptr;  ///< where blocks go that replace those of a layout
};

/// Reads a tag from reading.at on. A tag of structure that is alone on its line takes the line
/// along.
Result<Tag> Parser::tag(Reading& reading, std::string& text_before) {
  Tag tag;
  tag.where = reading.where();
  const std::string_view text = reading.text;
  const std::size_t line = text.rfind('\n', reading.at) + 1;  // npos + 1 is 0
  const std::string_view indent = text.substr(line, reading.at - line);
  tag.raw = text.substr(reading.at).starts_with("{{{");
  const std::string_view close = tag.raw ? "}}}" : "}}";
  const std::size_t begin = reading.at + close.size();
  const std::size_t end = text.find(close, begin);
  if (end == std::string_view::npos) {
    return wrong(tag, "a tag is not closed");
  }
  std::string_view inside = trim(text.substr(begin, end - begin));
  if (!tag.raw && !inside.empty() &&
      std::string_view("#^/><$!").find(inside.front()) != std::string_view::npos) {
    tag.mark = inside.front();
    inside = trim(inside.substr(1));
  }
  tag.name = inside;
  reading.at = end + close.size();
  if (tag.mark != 0) {
    const std::size_t next = std::min(text.find('\n', reading.at), text.size());
    if (trim(indent).empty() && trim(text.substr(reading.at, next - reading.at)).empty()) {
      text_before.resize(text_before.size() - std::min(text_before.size(), indent.size()));
      reading.at = std::min(next + 1, text.size());
    }
  }
  return tag;
}

Result<TemplateNodes> Parser::sequence(Reading& reading, const Tag& opened) {
  TemplateNodes nodes;
  for (;;) {
    const std::size_t open = std::min(reading.text.find("{{", reading.at), reading.text.size());
    std::string before(reading.text.substr(reading.at, open - reading.at));
    reading.at = open;
    const bool at_end = open == reading.text.size();
    Tag next;
    if (!at_end) {
      auto read = tag(reading, before);
      if (!read) {
        return read.error();
      }
      next = std::move(*read);
    }
    if (!before.empty()) {
      nodes.push_back({Kind::kText, before, {}, {}, {}});
    }
    if (at_end) {
      if (!opened.name.empty()) {
        return wrong(opened, "{{/" + opened.name + "}} is missing");
      }
      return nodes;
    }
    if (next.mark == '/') {
      if (opened.name.empty() || next.name != opened.name) {
        return wrong(next, "{{/" + next.name + "}} closes nothing that is open");
      }
      return nodes;
    }
    const bool has_words = next.mark == 0 && next.name.find(' ') != std::string::npos;
    auto added = has_words        ? words(next, nodes)
                 : next.mark == 0 ? value_of(next, before, nodes)
                                  : structure(reading, next, nodes);
    if (!added) {
      return added.error();
    }
  }
}

Result<void> Parser::value_of(const Tag& tag, std::string_view before, TemplateNodes& nodes) {
  auto path = parse_path(tag.name);
  if (!path) {
    return wrong(tag, "{{" + tag.name + "}} is no name");
  }
  if (before.ends_with('=')) {
    return wrong(tag, "an attribute's value needs quotes around {{" + tag.name + "}}");
  }
  const Kind kind = tag.raw ? Kind::kRaw : begins_url(before) ? Kind::kUrl : Kind::kValue;
  nodes.push_back({kind, tag.name, std::move(*path), {}, tag.where});
  return {};
}

/// {{t key}}, {{t key count}}, {{n count}}, {{asset name}}.
Result<void> Parser::words(const Tag& tag, TemplateNodes& nodes) {
  const auto parts = split_blanks(tag.name);
  const std::string_view verb = parts.front();
  if (verb == "asset" && parts.size() == 2) {
    const Asset* asset = assets_.find(parts[1]);
    if (asset == nullptr) {
      return wrong(tag, "there is no asset " + std::string(parts[1]));
    }
    nodes.push_back({Kind::kText, asset->url, {}, {}, {}});
    return {};
  }
  const bool message = verb == "t" && (parts.size() == 2 || parts.size() == 3);
  if (!message && !(verb == "n" && parts.size() == 2)) {
    return wrong(tag, "{{" + tag.name + "}} is none of t, n and asset");
  }
  std::vector<std::string> path;
  if (!message || parts.size() == 3) {
    auto named = parse_path(parts.back());
    if (!named) {
      return wrong(tag, std::string(parts.back()) + " is no name");
    }
    path = std::move(*named);
  }
  if (!message) {
    nodes.push_back({Kind::kNumber, std::string(parts[1]), std::move(path), {}, tag.where});
    return {};
  }
  const Catalogue& first = messages_.catalogues().front();
  if ((path.empty() ? first.find(parts[1]) : first.find(parts[1], 2)) == nullptr) {
    return wrong(tag, "no text for " + std::string(parts[1]) + " in " + first.language());
  }
  nodes.push_back({tag.raw ? Kind::kMarkup : Kind::kMessage,
                   std::string(parts[1]),
                   std::move(path),
                   {},
                   tag.where});
  return {};
}

Result<void> Parser::structure(Reading& reading, const Tag& tag, TemplateNodes& nodes) {
  if (tag.mark == '!') {
    return {};
  }
  if (tag.mark == '<') {
    return inherit(reading, tag, nodes);
  }
  if (tag.mark == '>') {
    auto part = file(tag.name, {});
    if (!part) {
      return wrong(tag, part.error().message);
    }
    std::move(part->begin(), part->end(), std::back_inserter(nodes));
    return {};
  }
  Blocks* collected = std::exchange(collected_, nullptr);  // blocks within are no replacements
  auto children = sequence(reading, tag);
  collected_ = collected;
  if (!children) {
    return children.error();
  }
  if (tag.mark == '$') {
    if (collected_ != nullptr) {
      collected_->emplace(tag.name, std::move(*children));
      return {};
    }
    const auto replaced = reading.blocks.find(tag.name);
    const TemplateNodes& chosen = replaced == reading.blocks.end() ? *children : replaced->second;
    nodes.insert(nodes.end(), chosen.begin(), chosen.end());
    return {};
  }
  auto path = parse_path(tag.name);
  if (!path) {
    return wrong(tag, tag.name + " is no name");
  }
  nodes.push_back({tag.mark == '#' ? Kind::kSection : Kind::kInverted, tag.name, std::move(*path),
                   std::move(*children), tag.where});
  return {};
}

Result<void> Parser::inherit(Reading& reading, const Tag& tag, TemplateNodes& nodes) {
  Blocks blocks = reading.blocks;  // what replaces a block from further out wins
  Blocks* outer = std::exchange(collected_, &blocks);
  auto rest = sequence(reading, tag);
  collected_ = nullptr;
  if (!rest) {
    return rest.error();
  }
  auto layout = file(tag.name, blocks);
  collected_ = outer;
  if (!layout) {
    return wrong(tag, layout.error().message);
  }
  std::move(layout->begin(), layout->end(), std::back_inserter(nodes));
  return {};
}

}  // namespace

Result<TemplateNodes> parse_template(std::string_view name, const TemplateSource& source,
                                     const Messages& messages, const Assets& assets) {
  return Parser(source, messages, assets).file(name, {});
}

}  // namespace everyface::web
