#include "nn/download.h"

#include <curl/curl.h>

#include <array>
#include <memory>
#include <utility>

namespace everyface {
namespace {

struct Content {
  std::string bytes;
  std::uint64_t max_bytes = 0;
  bool too_large = false;
};

std::size_t take(const char* data, std::size_t size, std::size_t count, void* to) {
  auto& content = *static_cast<Content*>(to);
  const std::size_t length = size * count;
  if (length > content.max_bytes - content.bytes.size()) {
    content.too_large = true;
    return 0;  // ends the transfer
  }
  content.bytes.append(data, length);
  return length;
}

/// libcurl's own set-up, once in the process.
bool curl_is_ready() {
  static const bool ready = ::curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

}  // namespace

Result<std::string> download(const std::string& url, std::uint64_t max_bytes) {
  const std::unique_ptr<CURL, void (*)(CURL*)> handle(
      curl_is_ready() ? ::curl_easy_init() : nullptr, &::curl_easy_cleanup);
  if (!handle) {
    return Error{"cannot download " + url + ": libcurl does not start"};
  }
  CURL* curl = handle.get();
  Content content;
  content.max_bytes = max_bytes;
  std::array<char, CURL_ERROR_SIZE> details{};
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http,file");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https,http");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 20L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 100L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 60L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "everyface");
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &content);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, details.data());

  const CURLcode outcome = ::curl_easy_perform(curl);
  if (content.too_large) {
    return Error{"cannot download " + url + ": it has more than the expected " +
                 std::to_string(max_bytes) + " bytes"};
  }
  if (outcome != CURLE_OK) {
    return Error{"cannot download " + url + ": " +
                 (details[0] != '\0' ? details.data() : ::curl_easy_strerror(outcome))};
  }
  return std::move(content.bytes);
}

}  // namespace everyface
