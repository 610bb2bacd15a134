// A request's head, its cookies, languages and ranges: one header a line, the target in the first.
#include "everyface/web/forms.h"
#include "everyface/web/messages.h"
#include "everyface/web/router.h"
#include "tests/fuzz/fuzz.h"
#include "web/head.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  const std::string_view text = fuzz::text_of(data, size);
  const auto lines = split(text, '\n');
  web::RawHead head;
  head.method = "GET";
  head.target = lines.front();
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::size_t colon = std::min(lines[i].find(':'), lines[i].size());
    head.headers.add(std::string(lines[i].substr(0, colon)),
                     std::string(lines[i].substr(std::min(colon + 1, lines[i].size()))));
  }
  constexpr std::uint64_t kSize = 1000;
  const auto range = web::parse_range(head.headers.get("Range"), kSize);
  if (range.kind == web::RangeRequest::Kind::kPart) {
    fuzz::require(range.range.length > 0 && range.range.first < kSize &&
                      range.range.length <= kSize - range.range.first,
                  "a range lies within");
  }
  fuzz::require(web::Messages::embedded().speaks(
                    web::Messages::embedded().negotiate(head.headers.get("Accept-Language"), "en")),
                "a language is one of ours");
  const auto trusted = web::Network::parse("0.0.0.0/0");
  const auto read = web::read_head(std::move(head), {*trusted});
  if (const auto* refused = std::get_if<web::Response>(&read)) {
    fuzz::require(refused->status() >= 400 && refused->status() < 600, "a refusal is an error");
    return 0;
  }
  const auto& request = std::get<web::Request>(read);
  fuzz::require(request.path.starts_with('/'), "a path begins with a slash");
  fuzz::require(request.cookies.size() <= 64, "cookies are bounded");
  web::Router router;
  router.get("/{rest...}", web::Role::kAnonymous, [](web::Request&) { return web::Response(); });
  for (const auto& [name, value] : router.match(request.method, request.path).parameters) {
    for (const std::string_view segment : split(value, '/')) {
      fuzz::require(segment != "." && segment != "..", "a path does not lead upwards");
    }
  }
  const std::string back = web::local_path(request.query.get("next"), "/");
  fuzz::require(back.starts_with('/') && !back.starts_with("//") &&
                    back.find('\\') == std::string::npos && back.find('\r') == std::string::npos,
                "a redirect stays on the site");
  (void)request.wants_json();
  return 0;
}
