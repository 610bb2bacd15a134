#include "report/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "everyface/base/text.h"

namespace everyface {
namespace {

constexpr const char* kDash = "–";
constexpr const char* kMinus = "−";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The run of digits at the text's beginning, without leading zeros; taken off the text.
std::string_view take_digits(std::string_view& text) {
  std::string_view digits = text.substr(0, text.find_first_not_of("0123456789"));
  text.remove_prefix(digits.size());
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  return digits;
}

/// In percent or percentage points, without either sign: one decimal, or two significant digits
/// where that says more.
std::string rate_size(double share) {
  const double size = std::fabs(share) * 100;
  if (size == 0) {
    return "0";
  }
  // The exponent after rounding: 0.0999 is "0.10", not "0.100".
  const std::string rounded = fmt::format("{:.1e}", size);
  const int exponent = std::stoi(rounded.substr(rounded.find('e') + 1));
  return fmt::format("{:.{}f}", size, exponent >= 1 ? 1 : 1 - exponent);
}

std::string signed_size(double difference) {
  return (difference < 0 ? kMinus : difference > 0 ? "+" : "") + rate_size(difference);
}

}  // namespace

std::string decimal(double value, int decimals) {
  if (!std::isfinite(value)) {
    return kDash;
  }
  std::string text = fmt::format("{:.{}f}", std::fabs(value), decimals);
  const bool zero = text.find_first_not_of("0.") == std::string::npos;
  return value < 0 && !zero ? kMinus + text : text;
}

std::string percent(double share) {
  return std::isfinite(share) ? decimal(share * 100, 1) + "%" : kDash;
}

std::string percent_range(double low, double high) {
  if (!std::isfinite(low) || !std::isfinite(high)) {
    return kDash;
  }
  // "−2.0–3.1%" would read as a sum of signs.
  return decimal(low * 100, 1) + (low < 0 ? " to " : "–") + decimal(high * 100, 1) + "%";
}

std::string points(double difference) {
  return std::isfinite(difference) ? decimal(difference * 100, 1) + " points" : kDash;
}

std::string rate_text(double share) {
  return std::isfinite(share) ? rate_size(share) + "%" : kDash;
}

std::string rate_range(double low, double high) {
  return std::isfinite(low) && std::isfinite(high) ? rate_size(low) + "–" + rate_size(high) + "%"
                                                   : kDash;
}

std::string signed_points(double difference) {
  return std::isfinite(difference) ? signed_size(difference) : kDash;
}

std::string signed_points_range(double low, double high) {
  return std::isfinite(low) && std::isfinite(high) ? signed_size(low) + " to " + signed_size(high)
                                                   : kDash;
}

std::string ratio_text(double ratio) {
  if (std::isinf(ratio)) {
    return "∞";
  }
  if (ratio >= 99.95) {
    return count_text(static_cast<std::size_t>(std::llround(std::min(ratio, 1e15))));
  }
  return decimal(ratio, ratio >= 9.995 ? 1 : 2);
}

std::string ratio_range(double low, double high) {
  return std::isnan(low) || std::isnan(high) ? kDash : ratio_text(low) + "–" + ratio_text(high);
}

std::string count_text(std::size_t count) {
  const std::string digits = std::to_string(count);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) {
      text += ',';
    }
    text += digits[i];
  }
  return text;
}

std::string count_of(std::size_t count, const std::string& noun) {
  return count_text(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string ev_text(double exposure_ev) {
  if (!std::isfinite(exposure_ev)) {
    return kDash;
  }
  const std::string size = shortest_number(std::fabs(exposure_ev));
  return (exposure_ev < 0 ? kMinus : exposure_ev > 0 ? "+" : "") + size + " EV";
}

std::string p_text(double p_value) {
  if (!std::isfinite(p_value)) {
    return kDash;
  }
  if (p_value < 0.001) {
    return "< 0.001";
  }
  return fmt::format("{:.2g}", p_value);
}

double ten_digits(double value) {
  return parse_number(fmt::format("{:.10g}", value)).value_or(value);
}

bool natural_less(std::string_view a, std::string_view b) {
  std::string_view rest_a = a;
  std::string_view rest_b = b;
  while (!rest_a.empty() && !rest_b.empty()) {
    if (is_digit(rest_a.front()) && is_digit(rest_b.front())) {
      const std::string_view digits_a = take_digits(rest_a);
      const std::string_view digits_b = take_digits(rest_b);
      if (digits_a.size() != digits_b.size()) {
        return digits_a.size() < digits_b.size();
      }
      if (digits_a != digits_b) {
        return digits_a < digits_b;
      }
      continue;
    }
    if (rest_a.front() != rest_b.front()) {
      return rest_a.substr(0, 1) < rest_b.substr(0, 1);
    }
    rest_a.remove_prefix(1);
    rest_b.remove_prefix(1);
  }
  return rest_a.empty() != rest_b.empty() ? rest_a.empty() : a < b;
}

}  // namespace everyface
