#include "everyface/money/wallet_desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>

namespace everyface {
namespace {

constexpr std::int64_t kMostDoublings = 12;

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  int number = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (i >= text.size() || text[i] < '0' || text[i] > '9') {
      return std::nullopt;
    }
    number = number * 10 + (text[i] - '0');
  }
  return number;
}

/// "Z", "+02:00", "-00:30": what to take from the local time, in milliseconds.
std::optional<std::int64_t> offset_ms(std::string_view text) {
  if (text == "Z" || text == "z") {
    return 0;
  }
  const auto hours = digits(text, 1, 2);
  const auto minutes = digits(text, 4, 2);
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':' || !hours ||
      !minutes) {
    return std::nullopt;
  }
  const std::int64_t size = *hours * kHourMs + *minutes * kMinuteMs;
  return text[0] == '+' ? size : -size;
}

}  // namespace

PaymentAccess SiteWallet::receiving_access() {
  PaymentAccess access = PaymentAccess::to_receive({});
  access.actions.emplace_back("read-all");  // visitors' agents make payments too
  return access;
}

PaymentResult<WalletAddress> SiteWallet::address() {
  const std::lock_guard lock(mutex_);
  if (!address_) {
    auto asked = client_.wallet_address(configured_);
    if (!asked) {
      return asked;
    }
    if (asked->asset != asset_) {
      return PaymentError(
          PaymentFault::kMalformed,
          fmt::format("payments.wallet_address is kept in {} with {} decimals, the "
                      "books in {} with {}: set money.asset and money.scale alike",
                      asked->asset.code, asked->asset.scale, asset_.code, asset_.scale));
    }
    address_ = std::move(*asked);
  }
  return *address_;
}

PaymentResult<std::string> SiteWallet::token(PaymentAccess access, const std::string& refused) {
  const auto wallet = address();
  if (!wallet) {
    return wallet.error();
  }
  {
    const std::lock_guard lock(mutex_);
    const auto held = tokens_.find(access.type);
    if (held != tokens_.end() && held->second != refused) {
      return held->second;
    }
  }
  const std::string type = access.type;
  if (type != "quote") {
    access.identifier = wallet->id;
  }
  const auto grant = client_.request_grant(wallet->auth_server, {access});
  if (!grant) {
    return grant.error();
  }
  if (!grant->token) {
    return PaymentError(PaymentFault::kRequestDenied,
                        "the site's wallet wants its owner's consent for " + type);
  }
  const std::lock_guard lock(mutex_);
  return tokens_[type] = grant->token->value;
}

std::int64_t back_off_ms(std::int64_t attempts) {
  const std::int64_t doublings = std::clamp<std::int64_t>(attempts, 1, kMostDoublings);
  return std::min(kHourMs, kSecondMs << doublings);
}

std::optional<std::int64_t> instant_ms(std::string_view text) {
  const auto year = digits(text, 0, 4);
  const auto month = digits(text, 5, 2);
  const auto day = digits(text, 8, 2);
  const auto hour = digits(text, 11, 2);
  const auto minute = digits(text, 14, 2);
  const auto second = digits(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second || text[4] != '-' || text[7] != '-' ||
      (text[10] != 'T' && text[10] != 't' && text[10] != ' ') || text[13] != ':' ||
      text[16] != ':' || *hour > 23 || *minute > 59 || *second > 60) {
    return std::nullopt;
  }
  std::size_t at = 19;
  std::int64_t milliseconds = 0;
  if (at < text.size() && text[at] == '.') {
    const std::size_t end = std::min(text.find_first_not_of("0123456789", at + 1), text.size());
    if (end == at + 1) {
      return std::nullopt;
    }
    std::string fraction(text.substr(at + 1, std::min<std::size_t>(end - at - 1, 3)));
    fraction.resize(3, '0');
    milliseconds = *digits(fraction, 0, 3);
    at = end;
  }
  const auto offset = offset_ms(text.substr(at));
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!offset || !date.ok()) {
    return std::nullopt;
  }
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return days * kDayMs + *hour * kHourMs + *minute * kMinuteMs + *second * kSecondMs +
         milliseconds - *offset;
}

std::string instant_text(std::int64_t at_ms) {
  const std::chrono::sys_time<std::chrono::milliseconds> at{std::chrono::milliseconds(at_ms)};
  const auto midnight = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day day{midnight};
  const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(at - midnight)};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

}  // namespace everyface
