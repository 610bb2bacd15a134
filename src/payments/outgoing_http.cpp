#include "everyface/payments/outgoing_http.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>

#include "everyface/base/printable.h"
#include "everyface/base/text.h"

namespace everyface {
namespace {

constexpr std::size_t kLongestUrl = 2048;
constexpr std::size_t kMostHeaders = 100;
constexpr std::size_t kHandlesKept = 8;
constexpr int kMostRedirects = 3;

struct CurlFree {
  void operator()(char* text) const { ::curl_free(text); }
  void operator()(CURLU* url) const { ::curl_url_cleanup(url); }
  void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};
using ParsedUrl = std::unique_ptr<CURLU, CurlFree>;

ParsedUrl parse(const std::string& url) {
  ParsedUrl parsed(::curl_url());
  if (parsed != nullptr &&
      ::curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_PATH_AS_IS) != CURLUE_OK) {
    parsed.reset();
  }
  return parsed;
}

std::optional<std::string> part(const ParsedUrl& url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (::curl_url_get(url.get(), which, &text, flags) != CURLUE_OK) {
    return std::nullopt;
  }
  const std::unique_ptr<char, CurlFree> owner(text);
  return std::string(text);
}

Error not_allowed(std::string_view url, std::string_view why) {
  return Error{
      "the address " + printable(url.substr(0, 200)) + " is not allowed: " + std::string(why),
      "url_not_allowed"};
}

bool is_loopback_host(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

/// What of an answer has come, and what stopped it.
struct Transfer {
  const OutgoingRules& rules;
  OutgoingAnswer answer;
  bool too_long = false;
  bool address_refused = false;
};

std::size_t take_body(const char* data, std::size_t size, std::size_t count, void* to) {
  auto& transfer = *static_cast<Transfer*>(to);
  const std::size_t length = size * count;
  if (length > transfer.rules.longest_answer - transfer.answer.body.size()) {
    transfer.too_long = true;
    return 0;
  }
  transfer.answer.body.append(data, length);
  return length;
}

std::size_t take_header(const char* data, std::size_t size, std::size_t count, void* to) {
  auto& transfer = *static_cast<Transfer*>(to);
  const std::string_view line(data, size * count);
  if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
    if (transfer.answer.headers.size() == kMostHeaders) {
      transfer.too_long = true;
      return 0;
    }
    transfer.answer.headers[lower_case(line.substr(0, colon))] = trim(line.substr(colon + 1));
  }
  return size * count;
}

bool is_allowed(const sockaddr& address, const OutgoingRules& rules) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address.sa_family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
  } else if (address.sa_family == AF_INET6) {
    bytes = &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  }
  if (bytes == nullptr ||
      ::inet_ntop(address.sa_family, bytes, text.data(), text.size()) == nullptr) {
    return false;
  }
  const std::string_view written = text.data();
  return is_public_address(written) ||
         (rules.allow_loopback && (written.starts_with("127.") || written == "::1"));
}

curl_socket_t open_socket(void* to, curlsocktype /*purpose*/, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(to);
  if (!is_allowed(address->addr, transfer.rules)) {
    transfer.address_refused = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

bool curl_is_ready() {
  static const bool ready = ::curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

}  // namespace

Result<std::string> normal_url(std::string_view url, const OutgoingRules& rules) {
  const bool plain = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < 127; });
  if (!plain || url.size() > kLongestUrl) {
    return not_allowed(url, "it must be a web address of at most 2048 plain characters");
  }
  const std::size_t host_at = url.find("://") + 3;
  const ParsedUrl parsed = parse(std::string(url));
  // libcurl guesses a scheme where there is none, and takes more than two slashes.
  if (parsed == nullptr || !lower_case(url).starts_with("http") || host_at < 3 ||
      url.substr(host_at).starts_with('/')) {
    return not_allowed(url, "it must begin with https:// and a host's name");
  }
  if (part(parsed, CURLUPART_USER) || part(parsed, CURLUPART_PASSWORD) ||
      part(parsed, CURLUPART_FRAGMENT)) {
    return not_allowed(url, "it must have no user's name and no #part");
  }
  const std::string scheme = part(parsed, CURLUPART_SCHEME).value_or("");
  const std::string host = lower_case(part(parsed, CURLUPART_HOST).value_or(""));
  if (scheme != "https" && !(scheme == "http" && rules.allow_loopback && is_loopback_host(host))) {
    return not_allowed(url, "it must begin with https://");
  }
  ::curl_url_set(parsed.get(), CURLUPART_HOST, host.c_str(), 0);
  return part(parsed, CURLUPART_URL, CURLU_NO_DEFAULT_PORT).value_or("");
}

std::string origin_of(std::string_view normal_url) {
  const std::size_t host = normal_url.find("://");
  return std::string(
      normal_url.substr(0, host == std::string_view::npos ? 0 : normal_url.find('/', host + 3)));
}

struct OutgoingHttp::Handles {
  std::mutex mutex;
  std::vector<CURL*> idle;

  CURL* take() {
    const std::lock_guard lock(mutex);
    if (idle.empty()) {
      return curl_is_ready() ? ::curl_easy_init() : nullptr;
    }
    CURL* handle = idle.back();
    idle.pop_back();
    return handle;
  }

  void give_back(CURL* handle) {
    ::curl_easy_reset(handle);  // keeps its connections, whose addresses were checked
    const std::lock_guard lock(mutex);
    if (idle.size() < kHandlesKept) {
      idle.push_back(handle);
    } else {
      ::curl_easy_cleanup(handle);
    }
  }
};

OutgoingHttp::OutgoingHttp(const OutgoingRules& rules)
    : rules_(rules), handles_(std::make_unique<Handles>()) {}

OutgoingHttp::~OutgoingHttp() {
  for (CURL* handle : handles_->idle) {
    ::curl_easy_cleanup(handle);
  }
}

Result<OutgoingAnswer> OutgoingHttp::once(const OutgoingRequest& request) {
  CURL* curl = handles_->take();
  if (curl == nullptr) {
    return Error{"libcurl does not start", "no_answer"};
  }
  Transfer transfer{rules_, {}};
  std::unique_ptr<curl_slist, CurlFree> headers(::curl_slist_append(nullptr, "Expect:"));
  for (const auto& [name, value] : request.headers) {
    std::string line = name;
    line.append(": ").append(value);
    headers.reset(::curl_slist_append(headers.release(), line.c_str()));
  }
  std::array<char, CURL_ERROR_SIZE> details{};
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, rules_.allow_loopback ? "https,http" : "https");
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(rules_.timeout_ms));
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, details.data());
  if (request.method == "POST") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  const CURLcode outcome = ::curl_easy_perform(curl);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  transfer.answer.status = static_cast<int>(status);
  handles_->give_back(curl);
  const std::string origin = origin_of(request.url);
  if (transfer.address_refused) {
    return Error{origin + " is not on the public Internet", "address_not_allowed"};
  }
  if (transfer.too_long) {
    return Error{origin + " answers with more than is taken", "answer_too_long"};
  }
  if (outcome != CURLE_OK) {
    const std::string why = details[0] != '\0' ? details.data() : ::curl_easy_strerror(outcome);
    return Error{origin + " gives no answer: " + why, "no_answer"};
  }
  return std::move(transfer.answer);
}

Result<OutgoingAnswer> OutgoingHttp::perform(const OutgoingRequest& request) {
  OutgoingRequest next = request;
  const bool follows =
      request.method == "GET" &&
      std::none_of(request.headers.begin(), request.headers.end(),
                   [](const auto& header) { return lower_case(header.first) == "authorization"; });
  for (int redirects = 0;; ++redirects) {
    auto url = normal_url(next.url, rules_);
    if (!url) {
      return url.error();
    }
    next.url = std::move(*url);
    auto answer = once(next);
    if (!answer || answer->status < 300 || answer->status > 399 || answer->status == 304) {
      return answer;
    }
    const auto location = answer->headers.find("location");
    const ParsedUrl target = parse(next.url);
    if (!follows || redirects == kMostRedirects || location == answer->headers.end() ||
        ::curl_url_set(target.get(), CURLUPART_URL, location->second.c_str(), CURLU_PATH_AS_IS) !=
            CURLUE_OK) {
      return Error{origin_of(next.url) + " redirects, which is not followed here",
                   "redirect_not_allowed"};
    }
    std::string moved = part(target, CURLUPART_URL, CURLU_NO_DEFAULT_PORT).value_or("");
    if (origin_of(moved) != origin_of(next.url)) {
      return Error{origin_of(next.url) + " redirects to another site, which is not followed",
                   "redirect_not_allowed"};
    }
    next.url = std::move(moved);
  }
}

}  // namespace everyface
