// A template as it is kept: read once, rendered many times.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/web/assets.h"
#include "everyface/web/messages.h"

namespace everyface::web {

/// One piece of a template.
struct TemplateNode {
  enum class Kind : std::uint8_t {
    kText,      ///< `text` as it is
    kValue,     ///< the value `path`, escaped
    kUrl,       ///< as kValue, at the beginning of an attribute that holds a URL
    kRaw,       ///< the value `path` as it is
    kSection,   ///< `children` for each, within, or if `path`
    kInverted,  ///< `children` where `path` is nothing
    kMessage,   ///< the text of the key `text`, escaped; plural by `path` where that is not empty
    kMarkup,    ///< as kMessage, the text being HTML
    kNumber,    ///< the whole number `path` in the language's form
    kFilled,    ///< what a text names in braces: a whole number as kNumber, else as kValue
  };
  Kind kind = Kind::kText;
  std::string text;
  std::vector<std::string> path;
  std::vector<TemplateNode> children;
  std::string where;  ///< "templates/home.html line 3"
};

using TemplateNodes = std::vector<TemplateNode>;

/// Finds the source of a template; none where there is no such file.
using TemplateSource = std::function<const EmbeddedFile*(std::string_view name)>;

/// Reads the template `name` with its layout and parts. Errors name file and line: what is not
/// closed, unknown parts, assets and keys, a part within itself, a value in an attribute without
/// quotes.
Result<TemplateNodes> parse_template(std::string_view name, const TemplateSource& source,
                                     const Messages& messages, const Assets& assets);

/// The template with the texts of a language in it, but for those in the plural and those that the
/// language lacks, which are looked for where the template is rendered.
TemplateNodes in_language(const TemplateNodes& nodes, const Catalogue& catalogue);

/// A text of the node (kMessage or kMarkup) as pieces: what is as it is, and what is filled in.
TemplateNodes pieces_of(const TemplateNode& node, std::string_view text);

}  // namespace everyface::web
