#include "web/pages/support.h"

#include <fmt/format.h>
#include <unicode/datefmt.h>
#include <unicode/locid.h>
#include <unicode/timezone.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "everyface/base/base64.h"
#include "everyface/base/text.h"
#include "everyface/commons/throttle.h"
#include "everyface/payments/outgoing_http.h"
#include "everyface/web/messages.h"
#include "web/log.h"

namespace everyface::web {
namespace {

std::string filled(std::string_view text, Values values) {
  std::string out;
  for (;;) {
    const std::size_t open = std::min(text.find('{'), text.size());
    const std::size_t close = text.find('}', open);
    if (close == std::string_view::npos) {
      return out.append(text);
    }
    out.append(text.substr(0, open));
    const std::string_view name = text.substr(open + 1, close - open - 1);
    for (const auto& [key, value] : values) {
      if (key == name) {
        out += value;
      }
    }
    text.remove_prefix(close + 1);
  }
}

}  // namespace

std::string words(const Request& request, std::string_view key, Values values) {
  const std::string* text = Messages::embedded().of(request.language).find(key);
  if (text == nullptr) {
    log_event("error", "no such text", {{"key", key}, {"language", request.language}});
    return std::string(key);
  }
  return filled(*text, values);
}

std::string counted(const Request& request, std::string_view key, std::int64_t count) {
  const Catalogue& catalogue = Messages::embedded().of(request.language);
  const std::string* text = catalogue.find(key, static_cast<double>(count));
  if (text == nullptr) {
    log_event("error", "no such text", {{"key", key}, {"language", request.language}});
    return std::string(key);
  }
  return filled(*text, {{"count", catalogue.number(count)}});
}

std::string explain(const Request& request, const Error& error) {
  const std::string key = "problem." + error.code;
  if (error.code.empty() || Messages::embedded().of(request.language).find(key) == nullptr) {
    log_event("error", error.message, {{"id", request.id}, {"route", request.route}});
    return words(request, "problem.other");
  }
  return words(request, key);
}

int status_of(const Error& error) {
  static const std::map<std::string_view, int> kStatus = {
      {"", 500},        {"not_found", 404},   {"not_allowed", 403},
      {"busy", 503},    {"too_often", 429},   {"too_many_attempts", 429},
      {"cutting", 409}, {"nothing_new", 409}, {"session_ended", 401}};
  const auto found = kStatus.find(error.code);
  return found == kStatus.end() ? 422 : found->second;
}

int status_of_form(const Error& error) {
  const int status = status_of(error);
  return status == 404 ? 422 : status;
}

Response go_page(const App& app, const Request& request, const std::string& url) {
  Response response = app.page(request, "go", {{"url", url}, {"origin", origin_of(url)}});
  response.set_header("Refresh", "0; url=" + url);
  return response;
}

Response problem_page(const Request& request, const Error& error) {
  return Response::problem(status_of(error), explain(request, error));
}

std::string date_text(const Request& request, std::int64_t at_ms, bool with_time) {
  const icu::Locale locale =
      icu::Locale::createFromName(request.language == "en" ? "en-GB" : request.language.c_str());
  const std::unique_ptr<icu::DateFormat> format(
      with_time ? icu::DateFormat::createDateTimeInstance(icu::DateFormat::kLong,
                                                          icu::DateFormat::kShort, locale)
                : icu::DateFormat::createDateInstance(icu::DateFormat::kLong, locale));
  if (format == nullptr) {
    return std::to_string(at_ms);
  }
  format->setTimeZone(*icu::TimeZone::getGMT());
  icu::UnicodeString text;
  format->format(static_cast<double>(at_ms), text);
  std::string out;
  return text.toUTF8String(out);
}

std::string size_text(const Request& request, std::int64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits = {"B", "kB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  std::string number =
      unit == 0 || value >= 99.5 ? fmt::format("{:.0f}", value) : fmt::format("{:.1f}", value);
  if (request.language == "de") {
    std::replace(number.begin(), number.end(), '.', ',');
  }
  return number + "\u00a0" + std::string(kUnits[unit]);
}

std::string money_text(const Request& request, std::int64_t minor, const everyface::Asset& asset) {
  std::string text = amount_digits(minor, asset);
  if (request.language == "de") {
    std::replace(text.begin(), text.end(), '.', ',');
  }
  return text + "\u00a0" + asset.code;
}

Uuid account_of(const Request& request) { return Uuid::parse(request.visitor.account).value(); }

std::optional<Uuid> uuid_parameter(const Request& request, std::string_view name) {
  return Uuid::parse(request.parameter(name));
}

Response redirect_done(std::string_view path, std::string_view done) {
  return Response::redirect(fmt::format("{}?done={}", path, done));
}

View done_text(const Request& request) {
  const std::string key = "done." + std::string(request.query.get("done"));
  const std::string* text = Messages::embedded().of(request.language).find(key);
  return text == nullptr ? View() : View(*text);
}

std::string network_of(const Request& request) {
  return everyface::network_of(request.client.text());
}

std::string jpeg_data_url(std::string_view jpeg) {
  return "data:image/jpeg;base64," + base64(jpeg);
}

Response jpeg_response(std::string jpeg) {
  Response response;
  response.set_header("Content-Type", "image/jpeg");
  response.body() = std::move(jpeg);
  return response;
}

View box_view(const Box& box, int width, int height) {
  const double x1 = std::clamp(box.x1, 0.0, static_cast<double>(width));
  const double y1 = std::clamp(box.y1, 0.0, static_cast<double>(height));
  const double x2 = std::clamp(box.x2, x1, static_cast<double>(width));
  const double y2 = std::clamp(box.y2, y1, static_cast<double>(height));
  return {{"x", std::lround(x1)},
          {"y", std::lround(y1)},
          {"w", std::lround(x2 - x1)},
          {"h", std::lround(y2 - y1)}};
}

std::vector<std::string> paragraphs(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\n\n"), text.size());
    const std::string_view paragraph = trim(text.substr(0, end));
    if (!paragraph.empty()) {
      out.emplace_back(paragraph);
    }
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return out;
}

bool may(const Visitor& visitor, std::string_view scope) {
  if (visitor.proof != Proof::kToken) {
    return visitor.proof == Proof::kSession;
  }
  const std::vector<std::string_view> scopes = split_blanks(visitor.scopes);
  return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

void set_session_cookie(Response& response, const std::string& token) {
  response.set_cookie({"session", token});
}

void drop_session_cookie(Response& response) {
  response.set_cookie({"session", "", std::chrono::seconds{0}});
}

}  // namespace everyface::web
