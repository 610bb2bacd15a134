#include "everyface/web/response.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>

#include "everyface/web/forms.h"

namespace everyface::web {
namespace {

/// A value that cannot leave its line.
std::string one_line(std::string_view value) {
  std::string line(value);
  std::erase_if(line, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
  return line;
}

class FileSource : public BodySource {
 public:
  FileSource(int descriptor, std::uint64_t size) : descriptor_(descriptor), size_(size) {}
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;
  ~FileSource() override { ::close(descriptor_); }

  [[nodiscard]] std::uint64_t size() const override { return size_; }

  Result<std::size_t> read(std::uint64_t offset, std::span<char> out) override {
    for (;;) {
      const ssize_t got = ::pread(descriptor_, out.data(), out.size(), static_cast<off_t>(offset));
      if (got >= 0) {
        return static_cast<std::size_t>(got);
      }
      if (errno != EINTR) {
        return Error{"a file could not be read: " + std::generic_category().message(errno)};
      }
    }
  }

 private:
  int descriptor_;
  std::uint64_t size_;
};

}  // namespace

Result<std::shared_ptr<BodySource>> file_source(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return Error{path.string() + ": " + std::generic_category().message(errno)};
  }
  struct stat about {};
  if (::fstat(descriptor, &about) != 0 || !S_ISREG(about.st_mode)) {
    ::close(descriptor);
    return Error{path.string() + ": not a regular file"};
  }
  return std::shared_ptr<BodySource>(
      std::make_shared<FileSource>(descriptor, static_cast<std::uint64_t>(about.st_size)));
}

Response Response::html(std::string page, int status) {
  Response response(status);
  response.set_header("Content-Type", "text/html; charset=utf-8");
  response.body_ = std::move(page);
  return response;
}

Response Response::json(const nlohmann::json& value, int status) {
  Response response(status);
  response.set_header("Content-Type", "application/json");
  response.body_ = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return response;
}

Response Response::text(std::string text, int status) {
  Response response(status);
  response.set_header("Content-Type", "text/plain; charset=utf-8");
  response.body_ = std::move(text);
  return response;
}

Response Response::download(std::shared_ptr<BodySource> source, std::string_view content_type,
                            std::string_view etag, std::string_view file_name) {
  Response response(200);
  response.part_ = {0, source->size()};
  response.source_ = std::move(source);
  response.set_header("Content-Type", content_type);
  response.set_header("Content-Disposition",
                      "attachment; filename*=UTF-8''" + percent_encode(file_name));
  response.set_header("Accept-Ranges", "bytes");
  response.set_etag(etag);
  return response;
}

Response Response::redirect(std::string_view location, int status) {
  Response response(status);
  response.set_header("Location", location);
  return response;
}

Response Response::empty() { return Response(204); }

Response Response::problem(int status, std::string detail) {
  Response response(status);
  response.problem_ = true;
  response.detail_ = std::move(detail);
  return response;
}

Response& Response::set_header(std::string_view name, std::string_view value) {
  headers_.set(one_line(name), one_line(value));
  return *this;
}

Response& Response::add_header(std::string_view name, std::string_view value) {
  headers_.add(one_line(name), one_line(value));
  return *this;
}

Response& Response::set_cookie(const Cookie& cookie) {
  std::string text = "__Host-" + cookie.name + "=" + cookie.value + "; Path=/; Secure; HttpOnly";
  text += cookie.strict ? "; SameSite=Strict" : "; SameSite=Lax";
  if (cookie.max_age) {
    text += "; Max-Age=" + std::to_string(cookie.max_age->count());
  }
  return add_header("Set-Cookie", text);
}

Response& Response::cache_for(std::chrono::seconds age, bool immutable) {
  return set_header("Cache-Control", "public, max-age=" + std::to_string(age.count()) +
                                         (immutable ? ", immutable" : ""));
}

Response& Response::set_etag(std::string_view digest) {
  return set_header("ETag", '"' + std::string(digest) + '"');
}

Response& Response::set_static_body(std::string_view bytes) {
  static_body_ = bytes;
  return *this;
}

std::uint64_t Response::content_length() const {
  return source_ ? part_.length : body_.size() + static_body_.size();
}

std::string local_path(std::string_view wanted, std::string_view fallback) {
  // Browsers read a backslash as a slash, and //host as another site.
  const bool local = wanted.starts_with('/') && !wanted.starts_with("//") &&
                     std::all_of(wanted.begin(), wanted.end(),
                                 [](char c) { return c > ' ' && c < '\x7f' && c != '\\'; });
  return std::string(local ? wanted : fallback);
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

}  // namespace everyface::web
