#include "store/database_url.h"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>

namespace everyface::store {
namespace {

constexpr std::string_view kSqliteScheme = "sqlite:";

Result<DatabaseUrl> parse_sqlite(std::string_view path) {
  if (path.empty() || path.ends_with('/')) {
    return Error{"the database's URL names no file: write sqlite:/path/to/everyface.db"};
  }
  if (path.starts_with("//")) {
    return Error{
        "the database's URL has a host, but SQLite keeps a file: write sqlite:/path with "
        "one slash"};
  }
  if (path.starts_with(':')) {
    return Error{
        "a database in memory is not shared by connections: name a file, such as "
        "sqlite:/tmp/everyface.db"};
  }
  if (path.find_first_of(std::string_view("\"\0?\n", 4)) != std::string_view::npos) {
    return Error{
        "the database's file name may not hold quotes, question marks, line ends or zero "
        "bytes"};
  }
  return DatabaseUrl{DatabaseKind::kSqlite, std::string(path), {}, "sqlite:" + std::string(path)};
}

bool is_port(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// libpq itself judges the URL. It does so without connecting.
bool libpq_takes(const std::string& url) {
  char* problem = nullptr;
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(
      ::PQconninfoParse(url.c_str(), &problem), &::PQconninfoFree);
  ::PQfreemem(problem);
  return options != nullptr;
}

Result<DatabaseUrl> parse_postgres(std::string_view url, std::string_view rest) {
  if (url.find('\0') != std::string_view::npos) {
    return Error{"the database's URL holds a zero byte"};
  }
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  const std::size_t at = authority.rfind('@');
  const std::string_view user =
      at == std::string_view::npos ? std::string_view() : authority.substr(0, at);
  const std::string_view host = at == std::string_view::npos ? authority : authority.substr(at + 1);
  const std::size_t colon = host.ends_with(']') ? std::string_view::npos : host.rfind(':');
  if (colon != std::string_view::npos && !is_port(host.substr(colon + 1))) {
    return Error{
        "the port in the database's URL is not a number; if that is part of a password, "
        "write its special characters as %2F, %40 and so on"};
  }
  const std::string_view path = rest.substr(authority.size());
  DatabaseUrl parsed{DatabaseKind::kPostgres, {}, std::string(url), "postgresql://"};
  if (!user.empty()) {
    parsed.display.append(user.substr(0, user.find(':'))).append("@");
  }
  parsed.display.append(host).append(path.substr(0, path.find_first_of("?#")));
  if (!libpq_takes(parsed.conninfo)) {
    return Error{
        "libpq cannot read the database's URL: write "
        "postgresql://user:password@host:port/database?parameter=value with special "
        "characters as %2F, %40 and so on, and only parameters that libpq knows"};
  }
  // A server that is gone should be noticed within a visitor's patience.
  for (const std::string_view parameter :
       {"connect_timeout=5", "application_name=everyface", "tcp_user_timeout=15000"}) {
    const std::string_view name = parameter.substr(0, parameter.find('=') + 1);
    if (parsed.conninfo.find(name) == std::string::npos) {
      const bool first = parsed.conninfo.find('?') == std::string::npos;
      const bool open = parsed.conninfo.ends_with('?') || parsed.conninfo.ends_with('&');
      parsed.conninfo.append(first ? "?" : open ? "" : "&").append(parameter);
    }
  }
  return parsed;
}

}  // namespace

Result<DatabaseUrl> parse_database_url(std::string_view url) {
  if (url.starts_with(kSqliteScheme)) {
    return parse_sqlite(url.substr(kSqliteScheme.size()));
  }
  for (const std::string_view scheme : {"postgresql://", "postgres://"}) {
    if (url.starts_with(scheme)) {
      return parse_postgres(url, url.substr(scheme.size()));
    }
  }
  return Error{"the database's URL begins neither with sqlite: nor with postgresql://"};
}

}  // namespace everyface::store
