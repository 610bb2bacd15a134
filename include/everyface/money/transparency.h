// What the site says in public about its money: what came in, what went out, what it holds.
//
// By calendar month (UTC), in each asset. Nobody can be told from it: a month in which fewer than k
// people were given or paid something is told together with those that follow, until at least k
// were in both; until then the end is left out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "everyface/money/ledger.h"

namespace everyface {

struct MoneyPeriod {
  std::string from;  ///< "2026-11"
  std::string to;    ///< the same, or a later month
  Asset asset;
  std::int64_t monetization = 0;  ///< came in
  std::int64_t open_payments = 0;
  std::int64_t bank = 0;
  std::int64_t rewards = 0;  ///< given to contributors
  std::int64_t paid_out = 0;
  std::int64_t fees = 0;
  std::int64_t costs = 0;  ///< exchange among them
  std::int64_t held = 0;   ///< at the end
  std::int64_t owed = 0;   ///< of it, to contributors: pending, vested and on its way
};

/// From the first posting on, the oldest first; months before `now_ms`'s alone, since that one is
/// not over.
Result<std::vector<MoneyPeriod>> money_periods(Database& database, std::int64_t now_ms,
                                               std::int64_t smallest_count);

/// With a line of headings; amounts with decimal points, RFC 4180.
std::string money_csv(const std::vector<MoneyPeriod>& periods);

}  // namespace everyface
