#include "everyface/payments/iban.h"

#include <fmt/format.h>

#include <algorithm>

namespace everyface {
namespace {

constexpr std::size_t kHead = 4;  // country or RF, and the check digits
constexpr std::size_t kLeastIban = 15;
constexpr std::size_t kMostIban = 34;
constexpr std::size_t kMostReference = 25;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool is_code(char c) { return is_digit(c) || is_capital(c); }

/// ISO 7064, MOD 97-10: letters count as 10 to 35.
int remainder_97(std::string_view text) {
  int remainder = 0;
  for (const char c : text) {
    remainder =
        is_digit(c) ? (remainder * 10 + (c - '0')) % 97 : (remainder * 100 + (c - 'A' + 10)) % 97;
  }
  return remainder;
}

/// Letters in capitals, without blanks.
std::string compact(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
      out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  return out;
}

bool has_right_digits(std::string_view text) {
  return remainder_97(std::string(text.substr(kHead)) + std::string(text.substr(0, kHead))) == 1;
}

}  // namespace

Result<std::string> check_iban(std::string_view text) {
  std::string iban = compact(text);
  const bool formed = iban.size() >= kLeastIban && iban.size() <= kMostIban &&
                      is_capital(iban[0]) && is_capital(iban[1]) && is_digit(iban[2]) &&
                      is_digit(iban[3]) && std::all_of(iban.begin(), iban.end(), is_code);
  if (!formed) {
    return Error{"is no IBAN such as DE02 1203 0000 0000 2020 51"};
  }
  if (!has_right_digits(iban)) {
    return Error{"is no IBAN: its check digits are wrong"};
  }
  return iban;
}

std::string spaced_iban(std::string_view iban) {
  std::string out;
  for (std::size_t i = 0; i < iban.size(); ++i) {
    if (i > 0 && i % 4 == 0) {
      out += ' ';
    }
    out += iban[i];
  }
  return out;
}

std::string creditor_reference(std::string_view base) {
  const int digits = 98 - remainder_97(std::string(base) + "RF00");
  return fmt::format("RF{:02}{}", digits, base);
}

std::string find_creditor_reference(std::string_view text) {
  const std::string all = compact(text);
  for (std::size_t at = all.find("RF"); at != std::string::npos; at = all.find("RF", at + 1)) {
    const std::string_view rest = std::string_view(all).substr(at);
    if (rest.size() <= kHead || !is_digit(rest[2]) || !is_digit(rest[3])) {
      continue;
    }
    std::size_t end = kHead;
    while (end < std::min(rest.size(), kMostReference) && is_code(rest[end])) {
      ++end;
    }
    // What follows without a blank may be another word: the longest with right digits counts.
    for (; end > kHead; --end) {
      if (has_right_digits(rest.substr(0, end))) {
        return std::string(rest.substr(0, end));
      }
    }
  }
  return {};
}

}  // namespace everyface
