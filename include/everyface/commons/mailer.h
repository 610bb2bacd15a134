// Mail that leaves the site: plain text, one recipient each.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "everyface/base/result.h"
#include "everyface/commons/clock.h"

namespace everyface {

struct Mail {
  std::string recipient;  ///< an address that check_email() accepts
  std::string subject;    ///< UTF-8, one line
  std::string body;       ///< UTF-8, lines end in "\n"
};

/// What takes mails away. Thread-safe.
class Mailer {
 public:
  virtual ~Mailer() = default;
  /// Returns once the next server (or the disk) has the mail. Code mail_refused: the server will
  /// never take it (5xx), so trying again is of no use. Other errors: try later. No message names
  /// the recipient.
  virtual Result<void> send(const Mail& mail) = 0;
};

/// Writes each mail as a text file into a folder, for sites without SMTP, and for tests: "To: …",
/// "Subject: …", a blank line, the body. The names sort by time. A folder that is missing is
/// created for its owner alone: mails hold secrets.
std::unique_ptr<Mailer> folder_mailer(const std::filesystem::path& folder, Clock clock);

struct SmtpSettings {
  /// "smtps://mail.example.org:465" (TLS from the start), "smtp://mail.example.org:587" (STARTTLS
  /// is required), or "smtp://127.0.0.1:25" with `plain_text`.
  std::string url;
  std::string user;  ///< empty: no authentication
  std::string password;
  std::string sender;                 ///< "no-reply@example.org": envelope and From
  std::string sender_name;            ///< shown beside it; may be empty
  bool plain_text = false;            ///< without TLS; only to this machine's own relay
  std::filesystem::path authorities;  ///< CA bundle; empty: the system's
  std::int64_t timeout_ms = 30'000;   ///< for a whole mail
};

/// Sends by SMTP (RFC 5321) with libcurl. Errors: a URL that is neither smtp:// nor smtps://, a
/// sender that is no address, `plain_text` to a host that is not loopback.
Result<std::unique_ptr<Mailer>> smtp_mailer(const SmtpSettings& settings, Clock clock);

/// The message in RFC 5322 and MIME: From, To, Subject (RFC 2047 where it is not ASCII), Date,
/// Message-ID, the body in base64. No text of a mail can add a header.
std::string mail_message(const Mail& mail, const SmtpSettings& settings, std::int64_t now_ms,
                         std::string_view message_id);

}  // namespace everyface
