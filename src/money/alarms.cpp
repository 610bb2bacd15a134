#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <tuple>

#include "everyface/base/text.h"
#include "everyface/commons/audit_log.h"
#include "money/administrator.h"
#include "money/reward_rows.h"

namespace everyface {
namespace {

constexpr std::size_t kMostNote = 1000;

struct LatestRates {
  Uuid release;
  std::int64_t published_ms = 0;
  std::vector<std::string> groups;
};

Result<std::optional<LatestRates>> latest_rates(Transaction& tx) {
  using Row = std::tuple<Uuid, std::int64_t>;
  auto row = tx.find<Row>(
      sql("SELECT release_id, computed_ms FROM release_rewards ORDER BY computed_ms DESC LIMIT 1"));
  if (!row) {
    return row.error();
  }
  if (!*row) {
    return std::optional<LatestRates>();
  }
  LatestRates latest{std::get<0>(**row), std::get<1>(**row), {}};
  auto groups = tx.query<std::string>(
      sql("SELECT group_code FROM reward_rates WHERE release_id = :release ORDER BY group_code"),
      latest.release);
  if (!groups) {
    return groups.error();
  }
  latest.groups = std::move(*groups);
  return std::optional(std::move(latest));
}

Result<bool> raise(Transaction& tx, const Uuid& release, const std::string& group,
                   const ShareEvidence& evidence, std::int64_t now_ms) {
  const Uuid id = Uuid::make();
  auto added = tx.execute(
      sql("INSERT INTO reward_alarms (id, release_id, group_code, people_before, group_before, "
          "people_since, group_since, evidence, raised_ms, outcome, note) VALUES (:id, :release, "
          ":group_code, :people_before, :group_before, :people_since, :group_since, :evidence, "
          ":now, 'open', '') ON CONFLICT (release_id, group_code) DO NOTHING"),
      id, release, group, evidence.before, evidence.before_group, evidence.since,
      evidence.since_group, evidence.most, now_ms);
  if (!added) {
    return added.error();
  }
  if (*added == 0) {
    return false;
  }
  const nlohmann::ordered_json details = {{"group", group}};
  if (auto logged =
          audit::append(tx, {std::nullopt, "reward.alarm", id.text(), details.dump()}, now_ms);
      !logged) {
    return logged.error();
  }
  return true;
}

/// Once nothing is open any more: vests all that is held.
Result<void> vest_all(Transaction& tx, double most_share, std::int64_t now_ms) {
  const auto open = alarm_is_open(tx);
  if (!open) {
    return open.error();
  }
  if (*open) {
    return {};
  }
  using Row = std::tuple<Uuid, std::int64_t>;
  auto held = tx.query<Row>(
      sql("SELECT release_id, computed_ms FROM release_rewards WHERE held ORDER BY computed_ms"));
  if (!held) {
    return held.error();
  }
  for (const auto& [release, computed_ms] : *held) {
    // The alarms that held it were open when it was computed.
    auto even = tx.one<std::int64_t>(
        sql("SELECT COUNT(*) FROM reward_alarms WHERE outcome = 'even' AND raised_ms <= :computed "
            "AND decided_ms >= :computed"),
        computed_ms);
    if (!even) {
      return even.error();
    }
    if (auto done = vest_held(tx, release, *even > 0, most_share, now_ms); !done) {
      return done;
    }
  }
  return {};
}

Result<void> check_decision(const std::string& outcome, const std::string& note) {
  if (outcome != "cleared" && outcome != "even") {
    return Error{"an alarm is decided \"cleared\" or \"even\"", "alarm_outcome"};
  }
  if (trim(note).empty() || note.size() > kMostNote) {
    return Error{"say why, in at most 1000 characters", "alarm_note"};
  }
  return {};
}

}  // namespace

Result<std::int64_t> watch_declarations(Database& database, std::int64_t now_ms,
                                        const RewardSettings& settings) {
  return database.transact([&](Transaction& tx) -> Result<std::int64_t> {
    const auto latest = latest_rates(tx);
    if (!latest) {
      return latest.error();
    }
    if (!*latest) {
      return 0;
    }
    const auto before = first_declarations(tx, 0, (*latest)->published_ms);
    if (!before) {
      return before.error();
    }
    const auto since = first_declarations(tx, (*latest)->published_ms, INT64_MAX);
    if (!since) {
      return since.error();
    }
    const double threshold = alarm_threshold(settings.false_alarm_rate, (*latest)->groups.size());
    std::int64_t raised = 0;
    for (const auto& [group, evidence] : watch_shares((*latest)->groups, *before, *since)) {
      if (evidence.most < threshold) {
        continue;
      }
      const auto is_new = raise(tx, (*latest)->release, group, evidence, now_ms);
      if (!is_new) {
        return is_new.error();
      }
      raised += *is_new ? 1 : 0;
    }
    return raised;
  });
}

Result<std::vector<ShareAlarm>> list_alarms(Database& database) {
  return database.read([&](Transaction& tx) -> Result<std::vector<ShareAlarm>> {
    using Row =
        std::tuple<Uuid, std::string, std::int64_t, std::int64_t, std::int64_t, std::int64_t,
                   double, std::int64_t, std::optional<std::int64_t>, std::string, std::string>;
    auto rows = tx.query<Row>(
        sql("SELECT id, group_code, people_before, group_before, people_since, group_since, "
            "evidence, raised_ms, decided_ms, outcome, note FROM reward_alarms ORDER BY raised_ms "
            "DESC, id"));
    if (!rows) {
      return rows.error();
    }
    std::vector<ShareAlarm> alarms;
    for (auto& [id, group, before, before_group, since, since_group, most, raised, decided, outcome,
                note] : *rows) {
      alarms.push_back({id,
                        std::move(group),
                        {before, before_group, since, since_group, most},
                        raised,
                        decided,
                        std::move(outcome),
                        std::move(note)});
    }
    return alarms;
  });
}

Result<void> decide_alarm(Database& database, std::int64_t now_ms, const RewardSettings& settings,
                          const Uuid& administrator, const Uuid& alarm, const std::string& outcome,
                          const std::string& note) {
  if (auto good = check_decision(outcome, note); !good) {
    return good;
  }
  return database.transact([&](Transaction& tx) -> Result<void> {
    if (auto may = require_administrator(tx, administrator); !may) {
      return may.error();
    }
    auto state =
        tx.find<std::string>(sql("SELECT outcome FROM reward_alarms WHERE id = :alarm"), alarm);
    if (!state) {
      return state.error();
    }
    if (!*state) {
      return Error{"there is no such alarm", "not_found"};
    }
    if (**state != "open") {
      return Error{"the alarm was decided already", "alarm_decided"};
    }
    auto done =
        tx.execute(sql("UPDATE reward_alarms SET outcome = :outcome, note = :note, decided_by = "
                       ":administrator, decided_ms = :now WHERE id = :alarm"),
                   outcome, note, administrator, now_ms, alarm);
    if (!done) {
      return done.error();
    }
    if (auto vested = vest_all(tx, settings.rules.most_share, now_ms); !vested) {
      return vested;
    }
    return audit::append(tx, {administrator, "reward.alarm_" + outcome, alarm.text()}, now_ms);
  });
}

}  // namespace everyface
