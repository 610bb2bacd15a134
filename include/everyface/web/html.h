// Pages out of templates, escaped by default.
//
// Templates are files of web/templates in a strict subset of Mustache (mustache(5)), read once when
// the program starts:
//
//   {{name}}  {{a.b}}  {{.}}      a value, escaped for HTML text and quoted attributes
//   {{{name}}}                    a value that is HTML already, made by us
//   {{#name}}…{{/name}}           for each of an array, within an object, if true or not empty
//   {{^name}}…{{/name}}           where it is absent, false, null, 0, "" or empty
//   {{>part}}                     another template in place
//   {{<layout}}…{{/layout}}       this page is `layout` with its {{$blocks}} replaced
//   {{$title}}…{{/title}}         a block: in a layout the default, in a page what replaces it
//   {{t key}}  {{{t key}}}        the text of a catalogue in the visitor's language; placeholders
//                                 "{name}" are taken from the view and escaped either way; the
//                                 second form lets the text itself hold tags
//   {{t key count}}               the plural form for the number `count`
//   {{n count}}                   a whole number, written as the language does
//   {{asset site.css}}            the URL of an asset
//   {{!…}}                        a comment
//
// A key, an asset, a part that does not exist ends the start, naming file and line. A value that
// the view does not have is an error of rendering: absent is a mistake, null is nothing. A section
// that is absent is false. A value at the beginning of href, src, action, formaction or poster is
// replaced by "about:invalid" unless it is a path, a fragment, or an http, https or mailto URL.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/web/assets.h"
#include "everyface/web/messages.h"

namespace everyface::web {

/// What a template is filled with: an object.
using View = nlohmann::json;

/// & < > " ' as entities.
std::string escape_html(std::string_view text);

class Templates {
 public:
  /// Reads the files below "templates/"; "templates/parts/field.html" is {{>parts/field}}. Error:
  /// names file and line.
  static Result<Templates> make(const std::vector<EmbeddedFile>& files, const Messages& messages,
                                const Assets& assets);
  /// Those of the program.
  static const Templates& embedded();

  Templates(Templates&& other) noexcept;
  Templates& operator=(Templates&& other) noexcept;
  Templates(const Templates&) = delete;
  Templates& operator=(const Templates&) = delete;
  ~Templates();

  /// `outer` holds what `view` does not. Error: no such template, or names the value that both
  /// lack, with file and line.
  [[nodiscard]] Result<std::string> render(std::string_view name, const View& view,
                                           std::string_view language,
                                           const View* outer = nullptr) const;
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  struct Parsed;
  Templates();
  std::unique_ptr<Parsed> parsed_;
};

}  // namespace everyface::web
