// Contributors' wallets: one for each person, one person for each wallet, and only after its owner
// has said on the wallet's own page that it is theirs.
//
// Codes of errors (Error::code): wallet_taken (another account's), not_found; and those of
// wallet_grants.h and PaymentError.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "everyface/commons/export.h"
#include "everyface/money/wallet_grants.h"

namespace everyface {

inline constexpr std::string_view kOwnershipPurpose = "ownership";

struct ContributorWallet {
  std::string address;
  Asset asset;
  bool shown = false;  ///< visitors' wallets may be sent to it
  std::int64_t verified_ms = 0;
};

/// Asks the wallet to ask its owner. The answer comes to finish_wallet().
Result<GrantAsked> begin_wallet(WalletDesk& desk, const Uuid& account, std::string_view address);

/// A grant of kOwnershipPurpose was given: the wallet is the account's, in place of an earlier one.
Result<void> keep_wallet(WalletDesk& desk, const WalletGrant& grant);

Result<std::optional<ContributorWallet>> wallet_of(Database& database, const Uuid& account);

/// Whether pages may name it. Code: not_found.
Result<void> show_wallet(Database& database, const Uuid& account, bool shown);

/// Takes it off. What is on its way to it arrives all the same.
Result<void> remove_wallet(Database& database, const Uuid& account, std::int64_t now_ms);

/// The account is closed: its wallet is nobody's business any more.
Result<void> forget_wallet(Transaction& tx, const Uuid& account);

/// wallet.json, of a person's own data. Both outlive it.
ExportPart wallet_export(Database& database);

/// A wallet that may be shown, and how many photos of its owner are in the newest release.
struct ShownWallet {
  std::string address;
  std::int64_t photos = 0;
};
Result<std::vector<ShownWallet>> shown_wallets(Database& database);

}  // namespace everyface
