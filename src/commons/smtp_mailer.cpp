#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "everyface/commons/account.h"
#include "everyface/commons/mailer.h"
#include "everyface/store/uuid.h"

namespace everyface {
namespace {

constexpr std::string_view kPlainScheme = "smtp://";
constexpr std::string_view kTlsScheme = "smtps://";

/// libcurl's own set-up, once in the process.
bool curl_is_ready() {
  static const bool ready = ::curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

/// The host of "smtp://HOST:PORT/…".
std::string_view host_of(std::string_view url) {
  const std::size_t start = url.find("://") + 3;
  std::string_view host = url.substr(start);
  if (host.starts_with('[')) {
    return host.substr(0, host.find(']') + 1);
  }
  return host.substr(0, host.find_first_of(":/"));
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

std::size_t give(char* into, std::size_t size, std::size_t count, void* from) {
  auto& left = *static_cast<std::string_view*>(from);
  const std::size_t length = std::min(size * count, left.size());
  std::memcpy(into, left.data(), length);
  left.remove_prefix(length);
  return length;
}

class SmtpMailer : public Mailer {
 public:
  SmtpMailer(SmtpSettings settings, Clock clock)
      : settings_(std::move(settings)), clock_(std::move(clock)) {}

  Result<void> send(const Mail& mail) override {
    const std::unique_ptr<CURL, void (*)(CURL*)> handle(
        curl_is_ready() ? ::curl_easy_init() : nullptr, &::curl_easy_cleanup);
    const std::unique_ptr<curl_slist, void (*)(curl_slist*)> recipients(
        ::curl_slist_append(nullptr, mail.recipient.c_str()), &::curl_slist_free_all);
    if (!handle || !recipients) {
      return Error{"cannot send mail: libcurl does not start"};
    }
    const std::string domain = settings_.sender.substr(settings_.sender.find('@') + 1);
    const std::string message =
        mail_message(mail, settings_, clock_(), Uuid::make().text() + "@" + domain);
    std::string_view left = message;
    std::array<char, CURL_ERROR_SIZE> details{};
    set_up(handle.get(), details);
    curl_easy_setopt(handle.get(), CURLOPT_MAIL_RCPT, recipients.get());
    curl_easy_setopt(handle.get(), CURLOPT_READFUNCTION, &give);
    curl_easy_setopt(handle.get(), CURLOPT_READDATA, &left);
    const CURLcode outcome = ::curl_easy_perform(handle.get());
    if (outcome == CURLE_OK) {
      return {};
    }
    return problem(handle.get(), outcome, details.data());
  }

 private:
  void set_up(CURL* curl, std::array<char, CURL_ERROR_SIZE>& details) const {
    curl_easy_setopt(curl, CURLOPT_URL, settings_.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_USE_SSL,
                     static_cast<long>(settings_.plain_text ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    if (!settings_.authorities.empty()) {
      curl_easy_setopt(curl, CURLOPT_CAINFO, settings_.authorities.c_str());
    }
    if (!settings_.user.empty()) {
      curl_easy_setopt(curl, CURLOPT_USERNAME, settings_.user.c_str());
      curl_easy_setopt(curl, CURLOPT_PASSWORD, settings_.password.c_str());
    }
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(settings_.timeout_ms));
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, settings_.sender.c_str());
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, details.data());
  }

  Error problem(CURL* curl, CURLcode outcome, const char* details) const {
    long reply = 0;
    ::curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply);
    // Of the 5xx replies, those about this mail: 550 to 559. Others (530, 535) are about us.
    constexpr long kMailboxReplies = 550;
    const bool refused = reply >= kMailboxReplies && reply < kMailboxReplies + 10;
    return Error{fmt::format("{} did not take a mail: {}", settings_.url,
                             details[0] != '\0' ? details : ::curl_easy_strerror(outcome)),
                 refused ? "mail_refused" : ""};
  }

  SmtpSettings settings_;
  Clock clock_;
};

}  // namespace

Result<std::unique_ptr<Mailer>> smtp_mailer(const SmtpSettings& settings, Clock clock) {
  const bool plain_scheme = settings.url.starts_with(kPlainScheme);
  if (!plain_scheme && !settings.url.starts_with(kTlsScheme)) {
    return Error{"mail server \"" + settings.url +
                 "\": not a URL like smtps://mail.example.org:465 or smtp://mail.example.org:587"};
  }
  if (settings.url.find('@') != std::string::npos) {
    return Error{
        "mail server: leave user and password out of its URL; they have settings of "
        "their own"};
  }
  if (settings.plain_text && (!plain_scheme || !is_loopback(host_of(settings.url)))) {
    return Error{"mail server \"" + settings.url +
                 "\": mail without TLS goes only to smtp:// on this machine (127.0.0.1)"};
  }
  if (const auto sender = check_email(settings.sender); !sender) {
    return Error{"mail sender \"" + settings.sender + "\": " + sender.error().message};
  }
  return std::unique_ptr<Mailer>(std::make_unique<SmtpMailer>(settings, std::move(clock)));
}

}  // namespace everyface
