// Rewards of releases, in the database: who gets what, when it vests, and what holds it.
//
// When a release is published, a share of the pool is split over the photos that are new in it, by
// the formula of reward_split.h, with the declarations that the photos were sent under. The rates
// come from the release before: nobody's own photos move them, and nobody can know them before
// sending. What somebody was given stays theirs: a withdrawal or a new declaration changes nothing.
//
// Normally a reward vests at once. While an alarm (declared_shares.h) is open it is pending, until
// an administrator has looked: either nothing is wrong ("cleared": it vests as it is), or the
// weights cannot be trusted ("even": the same money is split again with weight 1 for everyone).
// Neither says anything about any person.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/commons/clock.h"
#include "everyface/commons/export.h"
#include "everyface/money/declared_shares.h"
#include "everyface/money/reward_split.h"
#include "everyface/payments/amount.h"
#include "everyface/store/database.h"

namespace everyface {

struct RewardSettings {
  Asset asset = {};
  RewardRules rules = {};
  double release_share = 0.5;      ///< of the pool, that a release offers
  double false_alarm_rate = 0.01;  ///< for each publication of rates
};

struct ReleaseReward {
  std::string release;  ///< "1.2"
  Asset asset;
  std::int64_t offered = 0;
  std::int64_t given = 0;
  std::int64_t people = 0;
  bool held = false;
  std::map<std::string, double> weights;  ///< by group
};

/// Rewards every published release that has not been, the oldest first; each once, whoever calls
/// how often and from how many servers. Returns how many.
Result<std::int64_t> reward_releases(Database& database, std::int64_t now_ms,
                                     const RewardSettings& settings);

/// All that were rewarded, the newest first.
Result<std::vector<ReleaseReward>> list_release_rewards(Database& database);

/// One person's reward for one release, with its reasons.
struct Reward {
  std::string release;  ///< "1.2"
  Asset asset;
  std::int64_t amount = 0;
  std::int64_t photos = 0;
  std::string band;  ///< weight_band()
  bool pending = false;
  std::int64_t at_ms = 0;
};

/// The newest first.
Result<std::vector<Reward>> rewards_of(Database& database, const Uuid& account);

/// rewards.json, the money's part of a person's own data: rewards with their reasons, balances.
/// Both outlive it.
ExportPart rewards_export(Database& database, const Clock& clock);

struct ShareAlarm {
  Uuid id;
  std::string group;
  ShareEvidence evidence;
  std::int64_t raised_ms = 0;
  std::optional<std::int64_t> decided_ms;
  std::string outcome;  ///< "open", "cleared", "even"
  std::string note;     ///< the administrator's words
};

/// Looks at what was declared since rates were last published, and raises an alarm for each group
/// whose evidence passes the threshold, once. Returns how many were raised.
Result<std::int64_t> watch_declarations(Database& database, std::int64_t now_ms,
                                        const RewardSettings& settings);

/// The newest first.
Result<std::vector<ShareAlarm>> list_alarms(Database& database);

/// An administrator's decision, with words that say why. When no alarm is open any more, what was
/// held vests: as it is, or, where an alarm of that time was decided "even", split anew. Codes:
/// not_allowed (no administrator), not_found, alarm_decided, alarm_outcome (neither word),
/// alarm_note (none, or longer than 1000 characters).
Result<void> decide_alarm(Database& database, std::int64_t now_ms, const RewardSettings& settings,
                          const Uuid& administrator, const Uuid& alarm, const std::string& outcome,
                          const std::string& note);

}  // namespace everyface
