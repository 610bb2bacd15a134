// What rewards are computed from, and how they are booked.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "everyface/money/ledger.h"
#include "everyface/money/rewards.h"

namespace everyface {

/// Somebody's photos that are new in a release and good enough.
struct NewPhotos {
  std::int64_t photos = 0;
  double weights = 0;  ///< the sum over the photos
};

/// By account; without closed accounts, whose share nobody could be paid.
Result<std::map<Uuid, NewPhotos>> new_photos(Transaction& tx, const Uuid& release,
                                             std::int64_t published_ms, const RewardRules& rules,
                                             const std::map<std::string, double>& weights);

/// People by group in the release before this one.
Result<GroupCounts> people_before(Transaction& tx, std::int64_t published_ms);

/// First declarations, in their order: those before `at_ms`, or those from then on.
Result<std::vector<DeclaredGroups>> first_declarations(Transaction& tx, std::int64_t from_ms,
                                                       std::int64_t before_ms);

Result<bool> alarm_is_open(Transaction& tx);

/// Vests what a release holds; `even`: split anew, every photo with weight 1.
Result<void> vest_held(Transaction& tx, const Uuid& release, bool even, double most_share,
                       std::int64_t now_ms);

}  // namespace everyface
