#include "everyface/money/rewards.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "money/reward_rows.h"

namespace everyface {
namespace {

using ledger::AccountKind;

struct Published {
  Uuid release;
  std::int64_t published_ms = 0;
  static constexpr auto columns = std::make_tuple(&Published::release, &Published::published_ms);
};

DbResult<std::optional<Published>> next_unrewarded(Transaction& tx) {
  return tx.find<Published>(
      sql("SELECT id, published_ms FROM releases WHERE state IN ('published', 'retired') AND NOT "
          "EXISTS (SELECT 1 FROM release_rewards WHERE release_rewards.release_id = releases.id) "
          "ORDER BY published_ms ASC NULLS LAST LIMIT 1"));
}

Result<void> keep_rates(Transaction& tx, const Uuid& release,
                        const std::map<std::string, double>& weights) {
  for (const auto& [group, weight] : weights) {
    auto added = tx.execute(sql("INSERT INTO reward_rates (release_id, group_code, weight) VALUES "
                                "(:release, :group_code, :weight)"),
                            release, group, weight);
    if (!added) {
      return added.error();
    }
  }
  return {};
}

Result<void> keep_reward(Transaction& tx, const Uuid& release, const Uuid& account,
                         const NewPhotos& person, std::int64_t amount) {
  auto added = tx.execute(
      sql("INSERT INTO rewards (release_id, account_id, photos, weight, amount) VALUES (:release, "
          ":account, :photos, :weight, :amount)"),
      release, account, person.photos, person.weights / static_cast<double>(person.photos), amount);
  if (!added) {
    return added.error();
  }
  return {};
}

/// What a release offers of the pool.
Result<std::int64_t> offered_of(Transaction& tx, const RewardSettings& settings) {
  const auto pool = ledger::balance(tx, {AccountKind::kPool, {}, settings.asset});
  if (!pool) {
    return pool.error();
  }
  return static_cast<std::int64_t>(
      std::floor(static_cast<long double>(-*pool) * settings.release_share));
}

/// A release's split, before it is kept and booked.
struct Split {
  std::map<std::string, double> weights;
  std::map<Uuid, NewPhotos> people;
  std::int64_t offered = 0;
  std::vector<std::int64_t> amounts;  ///< in the order of `people`
  std::int64_t given = 0;
};

Result<Split> split_release(Transaction& tx, const Published& published,
                            const RewardSettings& settings) {
  Split split;
  const auto counts = people_before(tx, published.published_ms);
  if (!counts) {
    return counts.error();
  }
  split.weights = group_weights(settings.rules, *counts);
  auto people =
      new_photos(tx, published.release, published.published_ms, settings.rules, split.weights);
  if (!people) {
    return people.error();
  }
  split.people = std::move(*people);
  const auto offered = offered_of(tx, settings);
  if (!offered) {
    return offered.error();
  }
  split.offered = *offered;
  std::vector<double> parts;
  parts.reserve(split.people.size());
  for (const auto& [account, person] : split.people) {
    parts.push_back(person.weights);
  }
  split.amounts = split_pool(*offered, parts, settings.rules.most_share);
  for (const std::int64_t amount : split.amounts) {
    split.given += amount;
  }
  return split;
}

Result<void> keep_split(Transaction& tx, const Uuid& release, const Split& split,
                        const Asset& asset, bool held, std::int64_t now_ms) {
  auto added = tx.execute(
      sql("INSERT INTO release_rewards (release_id, asset, scale, offered, given, people, held, "
          "computed_ms) VALUES (:release, :asset, :scale, :offered, :given, :people, :held, :now)"),
      release, asset.code, asset.scale, split.offered, split.given,
      static_cast<std::int64_t>(split.people.size()), held && split.given > 0, now_ms);
  if (!added) {
    return added.error();
  }
  if (auto kept = keep_rates(tx, release, split.weights); !kept) {
    return kept;
  }
  auto amount = split.amounts.begin();
  for (const auto& [account, person] : split.people) {
    if (auto kept = keep_reward(tx, release, account, person, *amount++); !kept) {
      return kept;
    }
  }
  return {};
}

Result<void> reward(Transaction& tx, const Published& published, const RewardSettings& settings,
                    std::int64_t now_ms) {
  const auto split = split_release(tx, published, settings);
  if (!split) {
    return split.error();
  }
  const auto held = alarm_is_open(tx);
  if (!held) {
    return held.error();
  }
  if (auto kept = keep_split(tx, published.release, *split, settings.asset, *held, now_ms); !kept) {
    return kept;
  }
  if (split->given == 0) {
    return {};
  }
  const AccountKind kind = *held ? AccountKind::kPending : AccountKind::kVested;
  ledger::Posting posting{"reward:" + published.release.text(), "reward", {}};
  const ledger::AccountName pool{AccountKind::kPool, {}, settings.asset};
  posting.lines.push_back({pool, split->given});
  auto amount = split->amounts.begin();
  for (const auto& [account, person] : split->people) {
    if (*amount > 0) {
      posting.lines.push_back({{kind, account, settings.asset}, -*amount});
    }
    ++amount;
  }
  if (auto posted = ledger::post(tx, posting, now_ms); !posted) {
    return posted.error();
  }
  return {};
}

}  // namespace

Result<std::int64_t> reward_releases(Database& database, std::int64_t now_ms,
                                     const RewardSettings& settings) {
  if (auto good = check_reward_rules(settings.rules); !good) {
    return good.error();
  }
  std::int64_t rewarded = 0;
  while (true) {
    const auto one = database.transact([&](Transaction& tx) -> Result<bool> {
      auto next = next_unrewarded(tx);
      if (!next) {
        return next.error();
      }
      if (!*next) {
        return false;
      }
      if (auto done = reward(tx, **next, settings, now_ms); !done) {
        return done.error();
      }
      return true;
    });
    if (!one) {
      return one.error();
    }
    if (!*one) {
      return rewarded;
    }
    ++rewarded;
  }
}

Result<std::vector<ReleaseReward>> list_release_rewards(Database& database) {
  return database.read([&](Transaction& tx) -> Result<std::vector<ReleaseReward>> {
    using Row = std::tuple<Uuid, std::int64_t, std::int64_t, std::string, std::int64_t,
                           std::int64_t, std::int64_t, std::int64_t, bool>;
    auto rows = tx.query<Row>(
        sql("SELECT release_rewards.release_id, releases.major, releases.minor, asset, scale, "
            "offered, given, "
            "release_rewards.people, held FROM release_rewards JOIN releases ON releases.id = "
            "release_rewards.release_id ORDER BY releases.published_ms DESC NULLS LAST"));
    if (!rows) {
      return rows.error();
    }
    std::vector<ReleaseReward> list;
    for (const auto& [release, major, minor, code, scale, offered, given, people, held] : *rows) {
      ReleaseReward one{fmt::format("{}.{}", major, minor),
                        {code, static_cast<int>(scale)},
                        offered,
                        given,
                        people,
                        held,
                        {}};
      using Rate = std::tuple<std::string, double>;
      auto rates = tx.query<Rate>(
          sql("SELECT group_code, weight FROM reward_rates WHERE release_id = :release"), release);
      if (!rates) {
        return rates.error();
      }
      for (const auto& [group, weight] : *rates) {
        one.weights[group] = weight;
      }
      list.push_back(std::move(one));
    }
    return list;
  });
}

Result<std::vector<Reward>> rewards_of(Database& database, const Uuid& account) {
  return database.read([&](Transaction& tx) -> Result<std::vector<Reward>> {
    using Row = std::tuple<std::int64_t, std::int64_t, std::string, std::int64_t, std::int64_t,
                           std::int64_t, double, bool, std::int64_t>;
    auto rows = tx.query<Row>(
        sql("SELECT releases.major, releases.minor, release_rewards.asset, release_rewards.scale, "
            "rewards.amount, rewards.photos, rewards.weight, release_rewards.held, "
            "release_rewards.computed_ms FROM rewards JOIN release_rewards ON "
            "release_rewards.release_id = rewards.release_id JOIN releases ON releases.id = "
            "rewards.release_id WHERE rewards.account_id = :account ORDER BY "
            "releases.published_ms DESC NULLS LAST"),
        account);
    if (!rows) {
      return rows.error();
    }
    std::vector<Reward> list;
    for (const auto& [major, minor, code, scale, amount, photos, weight, held, at_ms] : *rows) {
      list.push_back({fmt::format("{}.{}", major, minor),
                      {code, static_cast<int>(scale)},
                      amount,
                      photos,
                      std::string(weight_band(weight)),
                      held,
                      at_ms});
    }
    return list;
  });
}

}  // namespace everyface
