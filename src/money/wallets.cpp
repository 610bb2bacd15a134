#include "everyface/money/wallets.h"

#include <nlohmann/json.hpp>
#include <tuple>

#include "everyface/commons/audit_log.h"
#include "everyface/money/payouts.h"
#include "money/rows.h"

namespace everyface {
namespace {

struct WalletRow {
  std::string address;
  std::string asset;
  std::int64_t scale = 0;
  bool shown = false;
  std::int64_t verified_ms = 0;
  static constexpr auto columns =
      std::make_tuple(&WalletRow::address, &WalletRow::asset, &WalletRow::scale, &WalletRow::shown,
                      &WalletRow::verified_ms);
};

Error taken() { return {"this wallet is another account's", "wallet_taken"}; }

/// The wallet is this account's and was never another's.
Result<void> claim_wallet(const WalletDesk& desk, Transaction& tx, const std::string& wallet,
                          const Uuid& account) {
  const std::string digest = desk.vault.keyed_digest("wallet " + wallet);
  auto noted = tx.execute(sql("INSERT INTO wallet_owners (digest, account_id) VALUES (:digest, "
                              ":account) ON CONFLICT DO NOTHING"),
                          digest, account);
  if (!noted) {
    return noted.error();
  }
  const auto owner =
      tx.one<Uuid>(sql("SELECT account_id FROM wallet_owners WHERE digest = :digest"), digest);
  if (!owner) {
    return owner.error();
  }
  return *owner == account ? Result<void>() : taken();
}

Result<void> export_wallet(Database& database, ZipWriter& zip, const Uuid& account) {
  const auto wallet = wallet_of(database, account);
  if (!wallet) {
    return wallet.error();
  }
  if (!*wallet) {
    return {};
  }
  const nlohmann::ordered_json json = {{"wallet", (*wallet)->address},
                                       {"asset", (*wallet)->asset.code},
                                       {"shown", (*wallet)->shown},
                                       {"verified_ms", (*wallet)->verified_ms}};
  return zip.add("wallet.json", json.dump(1), (*wallet)->verified_ms);
}

}  // namespace

Result<GrantAsked> begin_wallet(WalletDesk& desk, const Uuid& account, std::string_view address) {
  auto wallet = desk.client.wallet_address(address);
  if (!wallet) {
    return wallet.error();
  }
  const auto free = desk.database.read([&](Transaction& tx) -> Result<void> {
    const auto owner =
        tx.find<Uuid>(sql("SELECT account_id FROM wallet_owners WHERE digest = :digest"),
                      desk.vault.keyed_digest("wallet " + wallet->id));
    if (!owner) {
      return owner.error();
    }
    return *owner && **owner != account ? taken() : Result<void>();
  });
  if (!free) {
    return free.error();
  }
  return ask_for_grant(desk, {std::string(kOwnershipPurpose), account, std::move(*wallet), {}});
}

Result<void> keep_wallet(WalletDesk& desk, const WalletGrant& grant) {
  // The server's own words of which money it keeps, and of who may say whose it is: the owner was
  // asked where the wallet sends people now.
  const auto wallet = desk.client.wallet_address(grant.wallet);
  if (!wallet) {
    return wallet.error();
  }
  if (wallet->id != grant.wallet || wallet->auth_server != grant.auth_server) {
    return Error{"the wallet was not asked itself", "wallet_not_theirs"};
  }
  return desk.database.transact([&](Transaction& tx) -> Result<void> {
    if (auto claimed = claim_wallet(desk, tx, grant.wallet, grant.subject); !claimed) {
      return claimed;
    }
    if (auto removed =
            done(tx.execute(sql("DELETE FROM wallets WHERE account_id = :account"), grant.subject));
        !removed) {
      return removed;
    }
    auto kept = tx.execute(
        sql("INSERT INTO wallets (account_id, wallet, asset, scale, shown, verified_ms) VALUES "
            "(:account, :wallet, :asset, :scale, FALSE, :now)"),
        grant.subject, grant.wallet, wallet->asset.code, wallet->asset.scale, desk.clock());
    if (!kept) {
      return kept.error();
    }
    return audit::append(tx, {grant.subject, "wallet.verify", grant.subject.text()}, desk.clock());
  });
}

Result<std::optional<ContributorWallet>> wallet_of(Database& database, const Uuid& account) {
  return database.read([&](Transaction& tx) -> Result<std::optional<ContributorWallet>> {
    auto row = tx.find<WalletRow>(sql("SELECT wallet, asset, scale, shown, verified_ms FROM "
                                      "wallets WHERE account_id = :account"),
                                  account);
    if (!row) {
      return row.error();
    }
    if (!*row) {
      return std::optional<ContributorWallet>();
    }
    return std::optional(
        ContributorWallet{std::move((*row)->address),
                          {std::move((*row)->asset), static_cast<int>((*row)->scale)},
                          (*row)->shown,
                          (*row)->verified_ms});
  });
}

Result<void> show_wallet(Database& database, const Uuid& account, bool shown) {
  return database.transact([&](Transaction& tx) -> Result<void> {
    const auto changed = tx.execute(
        sql("UPDATE wallets SET shown = :shown WHERE account_id = :account"), shown, account);
    if (!changed) {
      return changed.error();
    }
    return *changed > 0 ? Result<void>() : Error{"there is no wallet", "not_found"};
  });
}

Result<void> remove_wallet(Database& database, const Uuid& account, std::int64_t now_ms) {
  return database.transact([&](Transaction& tx) -> Result<void> {
    const auto removed =
        tx.execute(sql("DELETE FROM wallets WHERE account_id = :account"), account);
    if (!removed) {
      return removed.error();
    }
    return *removed > 0 ? audit::append(tx, {account, "wallet.remove", account.text()}, now_ms)
                        : Result<void>();
  });
}

Result<void> forget_wallet(Transaction& tx, const Uuid& account) {
  if (auto grants = tx.execute(sql("UPDATE wallet_grants SET wallet = '', auth_server = '' WHERE "
                                   "purpose = 'ownership' AND subject_id = :account"),
                               account);
      !grants) {
    return grants.error();
  }
  if (auto payouts = forget_payouts(tx, account); !payouts) {
    return payouts;
  }
  return done(tx.execute(sql("DELETE FROM wallets WHERE account_id = :account"), account));
}

ExportPart wallet_export(Database& database) {
  return [&database](ZipWriter& zip, const Uuid& account) {
    return export_wallet(database, zip, account);
  };
}

Result<std::vector<ShownWallet>> shown_wallets(Database& database) {
  using Row = std::tuple<std::string, std::int64_t>;
  const auto rows = database.read([](Transaction& tx) {
    return tx.query<Row>(
        sql("SELECT wallets.wallet, COUNT(*) FROM wallets JOIN photos ON photos.account_id = "
            "wallets.account_id JOIN release_photos ON release_photos.photo_id = photos.id JOIN "
            "releases ON releases.id = release_photos.release_id WHERE wallets.shown = TRUE AND "
            "releases.state = 'published' GROUP BY wallets.wallet ORDER BY wallets.wallet"));
  });
  if (!rows) {
    return rows.error();
  }
  std::vector<ShownWallet> wallets;
  for (const auto& [address, photos] : *rows) {
    wallets.push_back({address, photos});
  }
  return wallets;
}

}  // namespace everyface
