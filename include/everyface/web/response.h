// What is answered.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/web/fields.h"

namespace everyface::web {

/// A body that is read piece by piece while it is sent, so that memory does not grow with it.
class BodySource {
 public:
  BodySource() = default;
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;
  virtual ~BodySource() = default;

  [[nodiscard]] virtual std::uint64_t size() const = 0;
  /// Reads up to out.size() bytes from `offset` on; fewer only at the end. May block: it is called
  /// on a worker, one call at a time. An error ends the connection.
  virtual Result<std::size_t> read(std::uint64_t offset, std::span<char> out) = 0;
};

/// A regular file as a body. Error: it cannot be opened.
Result<std::shared_ptr<BodySource>> file_source(const std::filesystem::path& path);

/// A cookie as we set them: named __Host-NAME, Secure, HttpOnly, Path=/, and so bound to this host.
struct Cookie {
  std::string name;  ///< without the prefix
  std::string value;
  /// None: until the browser is closed. Zero: removes the cookie.
  std::optional<std::chrono::seconds> max_age = std::nullopt;
  /// Lax lets links from other sites (a confirmation mail) arrive signed in; Strict does not.
  bool strict = false;
};

class Response {
 public:
  explicit Response(int status = 200) : status_(status) {}

  static Response html(std::string page, int status = 200);
  static Response json(const nlohmann::json& value, int status = 200);
  static Response text(std::string text, int status = 200);
  /// A file to keep, offered under `file_name` (Content-Disposition: attachment), resumable: Range,
  /// If-Range and If-None-Match are answered from `etag`, the content's digest, which must change
  /// whenever the bytes do.
  static Response download(std::shared_ptr<BodySource> source, std::string_view content_type,
                           std::string_view etag, std::string_view file_name);
  /// 303 See Other to a path of this site (or a whole URL that the caller has checked).
  static Response redirect(std::string_view location, int status = 303);
  /// 204.
  static Response empty();
  /// An error page, or problem details (RFC 9457) where the client prefers JSON: App makes either
  /// of them from the status and this sentence for people (may be empty), in their language.
  static Response problem(int status, std::string detail = {});

  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] const Headers& headers() const { return headers_; }
  /// Carriage returns, line feeds and NULs in either are dropped: none can start another header.
  Response& set_header(std::string_view name, std::string_view value);
  Response& add_header(std::string_view name, std::string_view value);
  Response& set_cookie(const Cookie& cookie);
  /// Lets shared caches and the browser keep the answer this long; without it nothing may be kept
  /// (Cache-Control: no-store).
  Response& cache_for(std::chrono::seconds age, bool immutable = false);
  /// Quoted for the ETag header; answers If-None-Match.
  Response& set_etag(std::string_view digest);

  [[nodiscard]] const std::string& body() const { return body_; }
  [[nodiscard]] std::string& body() { return body_; }
  [[nodiscard]] const std::shared_ptr<BodySource>& source() const { return source_; }
  /// Bytes of a body() that outlives the program's answers, such as an embedded asset: not copied.
  Response& set_static_body(std::string_view bytes);
  [[nodiscard]] std::string_view static_body() const { return static_body_; }

  [[nodiscard]] bool is_problem() const { return problem_; }
  /// The sentence given to problem().
  [[nodiscard]] const std::string& detail() const { return detail_; }

  /// What of source() is sent: set by apply_conditions().
  struct Part {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
  };
  [[nodiscard]] const Part& part() const { return part_; }

  /// Bytes that follow the header (were the request not HEAD).
  [[nodiscard]] std::uint64_t content_length() const;

 private:
  friend void apply_conditions(const Headers& request, bool safe_method, Response& response);
  int status_;
  Headers headers_;
  std::string body_;
  std::string_view static_body_;
  std::shared_ptr<BodySource> source_;
  Part part_;
  bool problem_ = false;
  std::string detail_;
};

/// Turns a 200 into 304 or 206 or 416 as If-None-Match, Range and If-Range of the request ask
/// (RFC 9110 sections 13 and 14). One range is served; several are answered with the whole, as the
/// standard allows.
void apply_conditions(const Headers& request, bool safe_method, Response& response);

/// `wanted` where it is a path of this site ("/photos?page=2"), else `fallback`: for redirects to
/// where a form says.
std::string local_path(std::string_view wanted, std::string_view fallback);

/// "OK" for 200.
std::string_view reason_phrase(int status);

}  // namespace everyface::web
