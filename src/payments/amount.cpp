#include "everyface/payments/amount.h"

#include <fmt/format.h>

#include <algorithm>

#include "everyface/base/text.h"

namespace everyface {
namespace {

constexpr std::size_t kMostCode = 20;
constexpr int kMostScale = 18;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

Result<void> check_asset(const Asset& asset) {
  const bool good_code = !asset.code.empty() && asset.code.size() <= kMostCode &&
                         std::all_of(asset.code.begin(), asset.code.end(),
                                     [](char c) { return is_digit(c) || (c >= 'A' && c <= 'Z'); });
  if (!good_code) {
    return Error{"an asset's code is up to 20 capital letters or digits, such as EUR"};
  }
  if (asset.scale < 0 || asset.scale > kMostScale) {
    return Error{"an asset's scale is from 0 to 18"};
  }
  return {};
}

Result<std::int64_t> parse_amount(std::string_view text, const Asset& asset) {
  const Error wrong{
      fmt::format("not an amount of {} such as {}", asset.code, amount_digits(1234, asset))};
  const bool negative = text.starts_with('-');
  std::string_view whole = text.substr(negative ? 1 : 0);
  std::string_view fraction;
  if (const std::size_t point = whole.find('.'); point != std::string_view::npos) {
    fraction = whole.substr(point + 1);
    whole = whole.substr(0, point);
    if (fraction.empty()) {
      return wrong;
    }
  }
  if (fraction.size() > static_cast<std::size_t>(asset.scale)) {
    return Error{fmt::format("{} has {} decimals", asset.code, asset.scale)};
  }
  std::string digits(whole);
  digits += fraction;
  digits.append(static_cast<std::size_t>(asset.scale) - fraction.size(), '0');
  if (whole.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) {
    return wrong;
  }
  // Downwards, since there is one more below zero than above.
  std::int64_t minor = 0;
  for (const char digit : digits) {
    if (__builtin_mul_overflow(minor, 10, &minor) ||
        __builtin_sub_overflow(minor, digit - '0', &minor)) {
      return Error{"the amount is too large"};
    }
  }
  if (!negative && minor == INT64_MIN) {
    return Error{"the amount is too large"};
  }
  return negative ? minor : -minor;
}

std::string amount_digits(std::int64_t minor, const Asset& asset) {
  std::string digits = std::to_string(minor);
  const bool negative = minor < 0;
  if (negative) {
    digits.erase(0, 1);
  }
  const auto scale = static_cast<std::size_t>(asset.scale);
  if (digits.size() <= scale) {
    digits.insert(0, scale + 1 - digits.size(), '0');
  }
  if (scale > 0) {
    digits.insert(digits.size() - scale, ".");
  }
  return (negative ? "-" : "") + digits;
}

std::string amount_text(std::int64_t minor, const Asset& asset) {
  return amount_digits(minor, asset) + " " + asset.code;
}

std::optional<std::int64_t> checked_sum(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::nullopt : std::optional(sum);
}

}  // namespace everyface
