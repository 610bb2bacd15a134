#include <nlohmann/json.hpp>

#include "everyface/money/ledger.h"
#include "everyface/money/rewards.h"

namespace everyface {
namespace {

using nlohmann::ordered_json;

Result<void> export_rewards(Database& database, ZipWriter& zip, const Uuid& account,
                            std::int64_t now_ms) {
  const auto rewards = rewards_of(database, account);
  if (!rewards) {
    return rewards.error();
  }
  const auto balances =
      database.read([&](Transaction& tx) { return ledger::balances_of(tx, account); });
  if (!balances) {
    return balances.error();
  }
  ordered_json given = ordered_json::array();
  for (const Reward& reward : *rewards) {
    given.push_back({{"release", reward.release},
                     {"amount", amount_text(reward.amount, reward.asset)},
                     {"photos", reward.photos},
                     {"band", reward.band},
                     {"pending", reward.pending},
                     {"at_ms", reward.at_ms}});
  }
  ordered_json accounts = ordered_json::object();
  for (const auto& [name, balance] : *balances) {
    // What the site owes is a credit; to its owner it is something to have.
    accounts[std::string(ledger::account_kind_name(name.kind))] = amount_text(-balance, name.asset);
  }
  const ordered_json all = {{"rewards", std::move(given)}, {"balances", std::move(accounts)}};
  return zip.add("rewards.json", all.dump(1), now_ms);
}

}  // namespace

ExportPart rewards_export(Database& database, const Clock& clock) {
  return [&database, &clock](ZipWriter& zip, const Uuid& account) {
    return export_rewards(database, zip, account, clock());
  };
}

}  // namespace everyface
