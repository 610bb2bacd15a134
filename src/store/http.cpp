#include "store/http.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "everyface/base/text.h"

namespace everyface::store {
namespace {

constexpr std::size_t kLongestBody = 8U << 20U;  // of lists and errors
constexpr std::size_t kHandlesKept = 16;

struct Transfer {
  const HttpRequest& request;
  CURL* curl;
  HttpAnswer answer;
  std::size_t sent = 0;
};

std::size_t take_body(const char* data, std::size_t size, std::size_t count, void* to) {
  auto& transfer = *static_cast<Transfer*>(to);
  const std::size_t length = size * count;
  long status = 0;
  curl_easy_getinfo(transfer.curl, CURLINFO_RESPONSE_CODE, &status);
  if (transfer.request.sink != nullptr && status == transfer.request.sink_status) {
    transfer.answer.aborted = !(*transfer.request.sink)(std::string_view(data, length));
    return transfer.answer.aborted ? 0 : length;
  }
  if (length > kLongestBody - transfer.answer.body.size()) {
    return 0;
  }
  transfer.answer.body.append(data, length);
  return length;
}

std::size_t take_header(const char* data, std::size_t size, std::size_t count, void* to) {
  auto& transfer = *static_cast<Transfer*>(to);
  const std::string_view line(data, size * count);
  if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
    transfer.answer.headers[lower_case(line.substr(0, colon))] = trim(line.substr(colon + 1));
  }
  return size * count;
}

std::size_t give_body(char* into, std::size_t size, std::size_t count, void* from) {
  auto& transfer = *static_cast<Transfer*>(from);
  const std::string_view left = transfer.request.body.substr(transfer.sent);
  const std::size_t length = std::min(size * count, left.size());
  std::memcpy(into, left.data(), length);
  transfer.sent += length;
  return length;
}

/// libcurl begins again where a kept connection turns out to be closed.
int rewind_body(void* from, curl_off_t offset, int origin) {
  auto& transfer = *static_cast<Transfer*>(from);
  if (origin != SEEK_SET || offset < 0) {
    return CURL_SEEKFUNC_CANTSEEK;
  }
  transfer.sent = static_cast<std::size_t>(offset);
  return CURL_SEEKFUNC_OK;
}

bool curl_is_ready() {
  static const bool ready = ::curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "[::1]" ||
         (host.starts_with("127.") &&
          host.find_first_not_of("0123456789.") == std::string_view::npos);
}

}  // namespace

Result<Endpoint> parse_endpoint(const std::string& url) {
  const std::unique_ptr<CURLU, void (*)(CURLU*)> parsed(::curl_url(), &::curl_url_cleanup);
  const auto part = [&](CURLUPart which) {
    char* text = nullptr;
    ::curl_url_get(parsed.get(), which, &text, 0);
    std::string copy = text == nullptr ? "" : text;
    ::curl_free(text);
    return copy;
  };
  const bool good = ::curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) == CURLUE_OK;
  const std::string path = part(CURLUPART_PATH);
  if (!good || (path != "/" && !path.empty()) || !part(CURLUPART_QUERY).empty() ||
      !part(CURLUPART_FRAGMENT).empty() || !part(CURLUPART_USER).empty()) {
    return Error{
        "the blob store's endpoint must be https://host or https://host:port, and no more"};
  }
  const std::string scheme = part(CURLUPART_SCHEME);
  const std::string host = part(CURLUPART_HOST);
  if (scheme != "https" && !(scheme == "http" && is_loopback(host))) {
    return Error{"the blob store's endpoint must be https, but for http on loopback: " + scheme +
                 "://" + to_valid_utf8(host)};
  }
  const std::string port = part(CURLUPART_PORT);
  Endpoint endpoint;
  endpoint.host = port.empty() ? host : host + ":" + port;
  endpoint.origin = scheme + "://" + endpoint.host;
  return endpoint;
}

struct HttpClient::Handles {
  std::mutex mutex;
  std::vector<CURL*> idle;
};

HttpClient::HttpClient() : handles_(std::make_unique<Handles>()) {}

HttpClient::~HttpClient() {
  for (CURL* handle : handles_->idle) {
    ::curl_easy_cleanup(handle);
  }
}

HttpAnswer HttpClient::perform(const HttpRequest& request) {
  CURL* curl = nullptr;
  if (const std::lock_guard lock(handles_->mutex); !handles_->idle.empty()) {
    curl = handles_->idle.back();
    handles_->idle.pop_back();
  }
  if (curl == nullptr && curl_is_ready()) {
    curl = ::curl_easy_init();
  }
  Transfer transfer{request, curl, {}};
  if (curl == nullptr) {
    transfer.answer.interrupted = "libcurl does not start";
    return std::move(transfer.answer);
  }
  curl_slist* headers = ::curl_slist_append(nullptr, "Expect:");
  for (const std::string& header : request.headers) {
    headers = ::curl_slist_append(headers, header.c_str());
  }
  std::array<char, CURL_ERROR_SIZE> details{};
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http");
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 100L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 30L);
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(curl, CURLOPT_NOBODY, request.method == "HEAD" ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, details.data());
  if (request.method == "PUT" || request.method == "POST") {
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, &give_body);
    curl_easy_setopt(curl, CURLOPT_READDATA, &transfer);
    curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, &rewind_body);
    curl_easy_setopt(curl, CURLOPT_SEEKDATA, &transfer);
  }
  const CURLcode outcome = ::curl_easy_perform(curl);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &transfer.answer.status);
  ::curl_slist_free_all(headers);
  if (outcome != CURLE_OK && !transfer.answer.aborted) {
    transfer.answer.interrupted =
        details[0] != '\0' ? details.data() : ::curl_easy_strerror(outcome);
  }
  ::curl_easy_reset(curl);  // keeps its connections
  const std::lock_guard lock(handles_->mutex);
  if (handles_->idle.size() < kHandlesKept) {
    handles_->idle.push_back(curl);
  } else {
    ::curl_easy_cleanup(curl);
  }
  return std::move(transfer.answer);
}

}  // namespace everyface::store
