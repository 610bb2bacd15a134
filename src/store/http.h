// HTTP requests to a blob store, through libcurl.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/store/blobs.h"

namespace everyface::store {

struct HttpRequest {
  std::string method;
  std::string url;
  std::vector<std::string> headers;  ///< "name: value"
  std::string_view body;
  /// Takes the body of an answer with `sink_status`; the answer holds every other body.
  const BlobStore::Sink* sink = nullptr;
  long sink_status = 200;
};

struct HttpAnswer {
  long status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
  bool aborted = false;     ///< the sink wanted no more
  std::string interrupted;  ///< why the answer did not come to its end; empty where it did
};

/// Where a store is.
struct Endpoint {
  std::string origin;  ///< "https://s3.example.org:9000"
  std::string host;    ///< as in the header Host
};

/// "https://HOST[:PORT]", or http on loopback. Errors: anything else or more.
Result<Endpoint> parse_endpoint(const std::string& url);

/// Keeps connections open between requests. May be used by many threads.
class HttpClient {
 public:
  HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  /// Follows no redirects. An answer with status 0 never began.
  HttpAnswer perform(const HttpRequest& request);

 private:
  struct Handles;
  std::unique_ptr<Handles> handles_;
};

}  // namespace everyface::store
