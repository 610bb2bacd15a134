#include "money/reward_rows.h"

#include <algorithm>
#include <tuple>

namespace everyface {
namespace {

using ledger::AccountKind;

using Groups = std::map<Uuid, std::vector<std::string>>;

Result<Groups> groups_in_release(Transaction& tx, const Uuid& release) {
  using Row = std::tuple<Uuid, std::string>;
  auto rows = tx.query<Row>(
      sql("SELECT DISTINCT photos.declaration_id, declaration_groups.group_code FROM "
          "release_photos "
          "JOIN photos ON photos.id = release_photos.photo_id JOIN declaration_groups ON "
          "declaration_groups.declaration_id = photos.declaration_id WHERE "
          "release_photos.release_id = :release"),
      release);
  if (!rows) {
    return rows.error();
  }
  Groups groups;
  for (auto& [declaration, code] : *rows) {
    groups[declaration].push_back(std::move(code));
  }
  return groups;
}

struct HeldReward {
  Uuid account;
  std::int64_t photos = 0;
  std::int64_t amount = 0;
  static constexpr auto columns =
      std::make_tuple(&HeldReward::account, &HeldReward::photos, &HeldReward::amount);
};

struct HeldRelease {
  Asset asset;
  std::int64_t offered = 0;
  std::vector<HeldReward> rewards;
};

Result<HeldRelease> read_held(Transaction& tx, const Uuid& release) {
  using Head = std::tuple<std::string, std::int64_t, std::int64_t>;
  auto head = tx.one<Head>(
      sql("SELECT asset, scale, offered FROM release_rewards WHERE release_id = :release"),
      release);
  if (!head) {
    return head.error();
  }
  auto rewards = tx.query<HeldReward>(
      sql("SELECT account_id, photos, amount FROM rewards WHERE release_id = :release ORDER BY "
          "account_id"),
      release);
  if (!rewards) {
    return rewards.error();
  }
  return HeldRelease{{std::get<0>(*head), static_cast<int>(std::get<1>(*head))},
                     std::get<2>(*head),
                     std::move(*rewards)};
}

std::vector<std::int64_t> as_given(const HeldRelease& held) {
  std::vector<std::int64_t> amounts;
  amounts.reserve(held.rewards.size());
  for (const HeldReward& reward : held.rewards) {
    amounts.push_back(reward.amount);
  }
  return amounts;
}

/// Every photo with weight 1.
std::vector<std::int64_t> even_split(const HeldRelease& held, double most_share) {
  std::vector<double> parts;
  parts.reserve(held.rewards.size());
  for (const HeldReward& reward : held.rewards) {
    parts.push_back(static_cast<double>(reward.photos));
  }
  return split_pool(held.offered, parts, most_share);
}

void add_line(ledger::Posting& posting, const ledger::AccountName& account, std::int64_t amount) {
  if (amount != 0) {
    posting.lines.push_back({account, amount});
  }
}

Result<void> set_amount(Transaction& tx, const Uuid& release, const Uuid& account,
                        std::int64_t amount) {
  auto set = tx.execute(sql("UPDATE rewards SET amount = :amount WHERE release_id = :release AND "
                            "account_id = :account"),
                        amount, release, account);
  if (!set) {
    return set.error();
  }
  return {};
}

}  // namespace

Result<std::map<Uuid, NewPhotos>> new_photos(Transaction& tx, const Uuid& release,
                                             std::int64_t published_ms, const RewardRules& rules,
                                             const std::map<std::string, double>& weights) {
  const auto groups = groups_in_release(tx, release);
  if (!groups) {
    return groups.error();
  }
  using Row = std::tuple<Uuid, Uuid>;
  auto rows = tx.query<Row>(
      sql("SELECT photos.account_id, photos.declaration_id FROM release_photos JOIN photos ON "
          "photos.id = release_photos.photo_id JOIN accounts ON accounts.id = photos.account_id "
          "WHERE release_photos.release_id = :release AND photos.quality_points >= :quality AND "
          "accounts.closed_ms IS NULL AND NOT EXISTS (SELECT 1 FROM release_photos earlier JOIN "
          "releases ON releases.id = earlier.release_id WHERE earlier.photo_id = photos.id AND "
          "releases.published_ms < :published)"),
      release, rules.least_quality, published_ms);
  if (!rows) {
    return rows.error();
  }
  std::map<Uuid, NewPhotos> people;
  for (const auto& [account, declaration] : *rows) {
    const auto declared = groups->find(declaration);
    NewPhotos& person = people[account];
    ++person.photos;
    person.weights += declared == groups->end() ? 1 : person_weight(weights, declared->second);
  }
  return people;
}

Result<GroupCounts> people_before(Transaction& tx, std::int64_t published_ms) {
  GroupCounts counts;
  auto before = tx.find<Uuid>(sql("SELECT id FROM releases WHERE published_ms < :published ORDER "
                                  "BY published_ms DESC NULLS "
                                  "LAST LIMIT 1"),
                              published_ms);
  if (!before) {
    return before.error();
  }
  if (!*before) {
    return counts;
  }
  auto total = tx.one<std::int64_t>(
      sql("SELECT COUNT(DISTINCT photos.account_id) FROM release_photos JOIN photos ON photos.id = "
          "release_photos.photo_id WHERE release_photos.release_id = :release"),
      **before);
  if (!total) {
    return total.error();
  }
  counts.total = *total;
  using Row = std::tuple<std::string, std::int64_t>;
  auto rows = tx.query<Row>(
      sql("SELECT declaration_groups.group_code, COUNT(DISTINCT photos.account_id) FROM "
          "release_photos JOIN photos ON photos.id = release_photos.photo_id JOIN "
          "declaration_groups ON declaration_groups.declaration_id = photos.declaration_id WHERE "
          "release_photos.release_id = :release GROUP BY declaration_groups.group_code"),
      **before);
  if (!rows) {
    return rows.error();
  }
  for (const auto& [code, people] : *rows) {
    counts.people[code] = people;
  }
  return counts;
}

Result<std::vector<DeclaredGroups>> first_declarations(Transaction& tx, std::int64_t from_ms,
                                                       std::int64_t before_ms) {
  using Row = std::tuple<Uuid, std::string>;
  auto rows = tx.query<Row>(
      sql("SELECT declarations.id, declaration_groups.group_code FROM declarations JOIN "
          "declaration_groups ON declaration_groups.declaration_id = declarations.id WHERE "
          "declarations.submitted_ms >= :from AND declarations.submitted_ms < :before AND NOT "
          "EXISTS (SELECT 1 FROM declarations earlier WHERE earlier.account_id = "
          "declarations.account_id AND earlier.submitted_ms < declarations.submitted_ms) ORDER BY "
          "declarations.submitted_ms, declarations.id, declaration_groups.place"),
      from_ms, before_ms);
  if (!rows) {
    return rows.error();
  }
  std::vector<DeclaredGroups> people;
  for (auto& [declaration, code] : *rows) {
    if (people.empty() || !(people.back().declaration == declaration)) {
      people.push_back({declaration, {}});
    }
    people.back().groups.push_back(std::move(code));
  }
  return people;
}

Result<bool> alarm_is_open(Transaction& tx) {
  auto open =
      tx.one<std::int64_t>(sql("SELECT COUNT(*) FROM reward_alarms WHERE outcome = 'open'"));
  if (!open) {
    return open.error();
  }
  return *open > 0;
}

Result<void> vest_held(Transaction& tx, const Uuid& release, bool even, double most_share,
                       std::int64_t now_ms) {
  const auto held = read_held(tx, release);
  if (!held) {
    return held.error();
  }
  const std::vector<std::int64_t> amounts = even ? even_split(*held, most_share) : as_given(*held);
  ledger::Posting posting{(even ? "reward-even:" : "reward-vest:") + release.text(), "vest", {}};
  std::int64_t to_pool = 0;
  std::int64_t given = 0;
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    const HeldReward& reward = held->rewards[i];
    add_line(posting, {AccountKind::kPending, reward.account, held->asset}, reward.amount);
    add_line(posting, {AccountKind::kVested, reward.account, held->asset}, -amounts[i]);
    to_pool += reward.amount - amounts[i];
    given += amounts[i];
    if (auto kept = set_amount(tx, release, reward.account, amounts[i]); !kept) {
      return kept;
    }
  }
  add_line(posting, {AccountKind::kPool, {}, held->asset}, -to_pool);
  auto done = tx.execute(sql("UPDATE release_rewards SET held = FALSE, given = :given WHERE "
                             "release_id = :release"),
                         given, release);
  if (!done) {
    return done.error();
  }
  if (posting.lines.empty()) {
    return {};
  }
  if (auto posted = ledger::post(tx, posting, now_ms); !posted) {
    return posted.error();
  }
  return {};
}

}  // namespace everyface
