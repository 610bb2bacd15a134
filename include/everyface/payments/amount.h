// Amounts of money: whole numbers of an asset's smallest unit, never fractions of it.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "everyface/base/result.h"

namespace everyface {

/// As Open Payments names them: ISO 4217 or another code, and how many decimal places its smallest
/// unit has.
struct Asset {
  std::string code = "EUR";
  int scale = 2;

  friend auto operator<=>(const Asset&, const Asset&) = default;
};

/// Up to 20 capital letters or digits, and a scale from 0 to 18. Error: says what is wrong.
Result<void> check_asset(const Asset& asset);

/// "12.34" or "-5" as smallest units, exactly: no exponent, no thousands separators, at most
/// `scale` decimals. Errors: not such a number; too many decimals; beyond 64 bits.
Result<std::int64_t> parse_amount(std::string_view text, const Asset& asset);

/// "12.34": parse_amount() of it gives the amount again.
std::string amount_digits(std::int64_t minor, const Asset& asset);
/// "12.34 EUR"
std::string amount_text(std::int64_t minor, const Asset& asset);

/// Nothing where the sum does not fit.
std::optional<std::int64_t> checked_sum(std::int64_t a, std::int64_t b);

}  // namespace everyface
