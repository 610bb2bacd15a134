#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#include "everyface/base/base64.h"
#include "everyface/commons/mailer.h"

namespace everyface {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// RFC 2047: encoded words of at most 75 characters that end between characters, one a line.
std::string encoded_words(std::string_view text) {
  constexpr std::size_t kMaxBytes = 45;  // 60 digits of base64, and 12 characters around them
  std::string words;
  while (!text.empty()) {
    std::size_t length = std::min(kMaxBytes, text.size());
    while (length < text.size() && length > 1 && continues_character(text[length])) {
      --length;
    }
    words += fmt::format("{}=?UTF-8?B?{}?=", words.empty() ? "" : "\r\n ",
                         base64(text.substr(0, length)));
    text.remove_prefix(length);
  }
  return words;
}

/// A header's text on one line or, where it is long or not plain ASCII, as encoded words. A text
/// that looks like an encoded word is encoded too.
std::string header_text(std::string_view text) {
  constexpr std::size_t kShort = 60;
  const bool plain = is_printable_ascii(text) && text.size() <= kShort &&
                     text.find("=?") == std::string_view::npos;
  return plain ? std::string(text) : encoded_words(text);
}

std::string from_header(const SmtpSettings& settings) {
  const std::string& name = settings.sender_name;
  if (name.empty()) {
    return settings.sender;
  }
  std::string shown;
  if (is_printable_ascii(name)) {
    for (const char c : name) {
      shown += c == '"' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
    }
    shown = '"' + shown + '"';
  } else {
    shown = encoded_words(name);
  }
  return fmt::format("{} <{}>", shown, settings.sender);
}

std::string encoded_body(std::string_view body) {
  constexpr std::size_t kLineDigits = 76;
  std::string text;
  for (const char c : body) {
    text += c == '\n' ? std::string(kLineEnd) : std::string(1, c);
  }
  const std::string digits = base64(text);
  std::string lines;
  for (std::size_t at = 0; at < digits.size(); at += kLineDigits) {
    lines.append(digits, at, kLineDigits).append(kLineEnd);
  }
  return lines;
}

}  // namespace

std::string mail_message(const Mail& mail, const SmtpSettings& settings, std::int64_t now_ms,
                         std::string_view message_id) {
  const auto date = fmt::gmtime(static_cast<std::time_t>(now_ms / kSecondMs));
  return fmt::format(
      "From: {}\r\n"
      "To: {}\r\n"
      "Subject: {}\r\n"
      "Date: {:%a, %d %b %Y %H:%M:%S} +0000\r\n"
      "Message-ID: <{}>\r\n"
      "Auto-Submitted: auto-generated\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=utf-8\r\n"
      "Content-Transfer-Encoding: base64\r\n"
      "\r\n"
      "{}",
      from_header(settings), mail.recipient, header_text(mail.subject), date, message_id,
      encoded_body(mail.body));
}

}  // namespace everyface
