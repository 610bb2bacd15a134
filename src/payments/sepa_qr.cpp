#include "everyface/payments/sepa_qr.h"

#include <fmt/format.h>

#include <algorithm>

#include "everyface/payments/iban.h"

namespace everyface {
namespace {

constexpr std::size_t kMostName = 70;
constexpr std::int64_t kMostCents = 99'999'999'999;
constexpr std::size_t kMostBytes = 331;

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

bool is_bic(std::string_view text) {
  return (text.size() == 8 || text.size() == 11) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

}  // namespace

Result<std::string> sepa_qr_text(const SepaTransfer& transfer) {
  if (transfer.name.empty() || characters(transfer.name) > kMostName ||
      transfer.name.find('\n') != std::string::npos) {
    return Error{"name: must have from 1 to 70 characters, in one line"};
  }
  const auto iban = check_iban(transfer.iban);
  if (!iban) {
    return Error{"iban: " + iban.error().message};
  }
  if (!transfer.bic.empty() && !is_bic(transfer.bic)) {
    return Error{"bic: must have 8 or 11 capital letters and digits"};
  }
  if (transfer.cents < 0 || transfer.cents > kMostCents) {
    return Error{"amount: must be from 0.01 to 999999999.99 EUR"};
  }
  if (!transfer.reference.empty() &&
      find_creditor_reference(transfer.reference) != transfer.reference) {
    return Error{"reference: is no creditor reference of ISO 11649"};
  }
  const std::string amount =
      transfer.cents == 0 ? ""
                          : fmt::format("EUR{}.{:02}", transfer.cents / 100, transfer.cents % 100);
  // Service tag, version, character set (1: UTF-8), identification, BIC, name, IBAN, amount,
  // purpose, reference; the empty lines after the last that says something may be left out.
  std::string text = fmt::format("BCD\n002\n1\nSCT\n{}\n{}\n{}\n{}\n\n{}", transfer.bic,
                                 transfer.name, *iban, amount, transfer.reference);
  while (text.ends_with('\n')) {
    text.pop_back();
  }
  if (text.size() > kMostBytes) {
    return Error{"name: is too long"};
  }
  return text;
}

}  // namespace everyface
