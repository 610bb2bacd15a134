// URLs of databases and endpoints of blob stores.
#include "store/database_url.h"

#include "store/http.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace everyface;
  const std::string_view text = fuzz::text_of(data, size);
  const auto url = store::parse_database_url(text);
  if (!url) {
    fuzz::require_message(url.error().message);
  } else if (url->kind == DatabaseKind::kSqlite) {
    fuzz::require(!url->path.empty(), "a database has a file");
    fuzz::require(url->path.find('"') == std::string::npos, "a file's name can be quoted");
  } else {
    fuzz::require(url->display.find('?') == std::string::npos, "parameters are not shown");
    fuzz::require(url->conninfo.starts_with(text), "libpq is given the URL");
    const auto again = store::parse_database_url(url->conninfo);
    fuzz::require(again && again->conninfo == url->conninfo, "parameters are added once");
  }
  const auto endpoint = store::parse_endpoint(std::string(text.substr(0, text.find('\0'))));
  if (endpoint) {
    fuzz::require(endpoint->origin.ends_with(endpoint->host), "an origin ends with its host");
    fuzz::require(endpoint->host.find_first_of("/@?# \r\n") == std::string::npos,
                  "a host is a host and no more");
  } else {
    fuzz::require_message(endpoint.error().message);
  }
  return 0;
}
