// What a client asked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/web/address.h"
#include "everyface/web/fields.h"
#include "everyface/web/visitor.h"

namespace everyface::web {

enum class Method : std::uint8_t { kGet, kHead, kPost, kPut, kPatch, kDelete };

/// "GET" for Method::kGet.
std::string_view method_name(Method method);

/// Bytes of an upload: in memory while they are few, beyond that in a file without a name, which
/// the system removes whatever becomes of the program.
class Spool {
 public:
  /// Up to `memory_bytes` stay in memory; the file is made in `folder`.
  Spool(std::size_t memory_bytes, std::string folder);
  Spool(Spool&& other) noexcept;
  Spool& operator=(Spool&& other) noexcept;
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;
  ~Spool();

  /// Error: the file could not be made or the disk is full.
  Result<void> append(std::string_view bytes);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// All bytes. Error: names the system's reason.
  [[nodiscard]] Result<std::string> read() const;

 private:
  std::size_t memory_bytes_;
  std::string folder_;
  std::string memory_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

/// A file of a form. Name and type are the client's words: to be shown at most, never to be used as
/// a path or believed.
struct Upload {
  std::string field;
  std::string file_name;
  std::string content_type;
  Spool content;
};

struct Route;

/// One request. Handlers read it; the server and App fill it. Views stay valid as long as it.
struct Request {
  Method method = Method::kGet;
  std::string path;  ///< percent-encoded, without the query: "/photos/4a2e"
  Headers headers;
  Fields query;  ///< decoded; invalid queries never reach a handler (400)
  Fields cookies;
  Address client;       ///< behind a trusted proxy, the proxy's client
  bool secure = false;  ///< reached us or the trusted proxy by TLS

  // Filled when the route is known.
  Fields parameters;  ///< of the path, decoded: {"photo", "4a2e"}
  std::string route;  ///< the pattern: "/photos/{photo}"; what logs and metrics name
  const Route* matched = nullptr;
  Visitor visitor;
  std::string language;    ///< "en": chosen by cookie, else by Accept-Language
  std::string csrf_token;  ///< what forms of the answer must carry in the field "csrf"
  std::string id;          ///< 16 hexadecimal digits, in the log and on error pages

  // Filled when the body has been read, by the route's RouteOptions::body.
  std::string body;             ///< BodyKind::kJson and kRaw
  Fields form;                  ///< BodyKind::kForm and kMultipart
  std::vector<Upload> uploads;  ///< BodyKind::kMultipart; fields without a file chosen are left out

  /// A parameter of the path; empty where the pattern has none of this name.
  [[nodiscard]] std::string_view parameter(std::string_view name) const {
    return parameters.get(name);
  }
  /// Our cookie of this name (Response::set_cookie), empty where there is none.
  [[nodiscard]] std::string_view cookie(std::string_view name) const;
  /// True where the client would rather have JSON than HTML (Accept), or asks under /api/.
  [[nodiscard]] bool wants_json() const;
};

}  // namespace everyface::web
