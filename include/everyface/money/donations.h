// Donations by bank transfer: announced with a reference, booked from the bank's statement.
//
// Somebody who wants to give gets a reference (ISO 11649) and a QR code; no name is asked for. An
// administrator uploads the bank's statement, sees what would be booked, and books it: lines that
// came in with a known reference, each once, whichever statements it stands in. What has no known
// reference is shown and left to a person (`everyface admin ledger income`).
//
// Codes of errors (Error::code): amount (not above 0), not_found, not_allowed (no administrator),
// statement_booked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/payments/bank_statement.h"
#include "everyface/store/database.h"

namespace everyface {

struct Donation {
  std::string reference;
  Asset asset;
  std::int64_t announced = 0;
  std::int64_t received = 0;
  std::int64_t created_ms = 0;
  std::optional<std::int64_t> received_ms;
};

Result<Donation> announce_donation(Database& database, std::int64_t now_ms, const Asset& asset,
                                   std::int64_t amount);
/// Code: not_found.
Result<Donation> find_donation(Database& database, std::string_view reference);

enum class LineFate {
  kMatched,    ///< will be booked, or was, by booking this statement
  kKnown,      ///< was booked already, from another statement or this
  kUnmatched,  ///< came in without a reference that is known, or in another asset
  kOut         ///< went out
};
/// "matched", "known", "unmatched", "out".
std::string_view line_fate_name(LineFate fate);

struct StatementRow {
  StatementLine line;
  LineFate fate = LineFate::kOut;
};

struct Statement {
  Uuid id;
  std::int64_t uploaded_ms = 0;
  std::optional<std::int64_t> booked_ms;
  std::vector<StatementRow> rows;
};

/// Keeps the lines for a look before they are booked; books nothing. Code: not_allowed.
Result<Uuid> upload_statement(Database& database, std::int64_t now_ms, const Uuid& administrator,
                              const std::vector<StatementLine>& lines);

/// With what will become of each line. Code: not_found.
Result<Statement> find_statement(Database& database, const Uuid& statement);

/// Books the matched lines, all or none, and returns how many. `site_percent`: as of Income. Codes:
/// not_allowed, not_found, statement_booked.
Result<std::int64_t> book_statement(Database& database, std::int64_t now_ms,
                                    const Uuid& administrator, const Uuid& statement,
                                    int site_percent);

}  // namespace everyface
