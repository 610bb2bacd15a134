// What a bank says came in and went out: ISO 20022 CAMT.053, or a table that the bank exports.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/payments/amount.h"

namespace everyface {

/// Names of payers are not read: nobody needs them.
struct StatementLine {
  /// The same for the same line of any statement: the bank's own reference, or else a digest of
  /// what the line says and of how often the statement has said the same before.
  std::string id;
  std::string date;         ///< of booking, as the bank writes it
  std::int64_t amount = 0;  ///< smallest units; what went out is negative
  Asset asset;
  std::string reference;  ///< a creditor reference within what the payer wrote, or empty
};

inline constexpr std::size_t kMostStatementBytes = 4U << 20U;

/// CAMT.053 where the text begins with '<', else a table.
///
/// CAMT.053 of any version: booked entries (Ntry), each with its transactions (TxDtls) where the
/// bank gives them. Reversals (RvslInd) have no reference: a debit that came back is no gift. No
/// DOCTYPE.
///
/// Table (CSV): a heading line that names date, amount, currency and reference in English or
/// German ("Buchungstag", "Betrag", "Währung", "Verwendungszweck"), in any order among others;
/// commas or semicolons between, quotes as in RFC 4180; "1.234,56" and "1,234.56". A column "id"
/// holds the bank's own references.
///
/// Errors name the entry or line, and the field. Nothing is taken of a statement with an error.
Result<std::vector<StatementLine>> parse_bank_statement(std::string_view text);

}  // namespace everyface
