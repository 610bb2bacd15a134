// Templates, and the values that fill them: the text up to the first NUL is a template, the rest a
// value.
#include <nlohmann/json.hpp>

#include "everyface/web/html.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  const std::string_view text = fuzz::text_of(data, size);
  const std::string_view source = text.substr(0, text.find('\0'));
  const std::string value = to_valid_utf8(text.substr(std::min(source.size() + 1, text.size())));
  static const web::Messages kMessages = [] {
    std::vector<web::Catalogue> catalogues;
    catalogues.push_back(
        web::Catalogue::parse(
            R"({"a": "<b>{x}</b>", "n": {"one": "{x} one", "other": "{count} {x"}})", "en",
            "en.json")
            .value());
    return web::Messages::make(std::move(catalogues)).value();
  }();
  static const web::Assets kAssets({});
  const std::string_view fixed = "<p title=\"{{x}}\">{{x}}{{t a}}</p><a href=\"{{x}}\"></a>";
  const std::vector<EmbeddedFile> files = {
      {"templates/fixed.html", fixed},
      {"templates/given.html", source},
      {"templates/layout.html", "{{$main}}{{/main}}{{>fixed}}"}};
  const web::View view = {{"x", value}, {"list", {{{"x", 1}}, {{"y", {1, 2}}}}}, {"count", 2}};
  const auto templates = web::Templates::make(files, kMessages, kAssets);
  if (!templates) {
    fuzz::require_message(templates.error().message, "templates/");
    return 0;
  }
  const auto given = templates->render("given", view, "en");
  if (!given) {
    fuzz::require_message(given.error().message, "templates/");
  }
  std::string html = templates->render("fixed", view, "en").value();
  // Without the tags of the template itself, no character of the value is left that could be one.
  std::size_t marks = 0;
  for (const char c : html) {
    marks += c == '<' || c == '>' || c == '"' || c == '\'' ? 1U : 0U;
  }
  fuzz::require(marks == 12, "a value adds no tag and ends no attribute");
  fuzz::require(html.find("href=\"javascript:") == std::string::npos, "a link runs nothing");
  return 0;
}
