// Payments that the site orders at a wallet, a donor's or its own: each from one quote.
//
//   quoted -> posting -> sent -> done | failed
//
// Nobody is paid twice, nor left out, whatever is lost on the way and whenever the server dies:
// - the quote is in the database before the payment is posted;
// - a payment whose answer did not come is looked for among the wallet's payments, by its quote,
//   before anything else is done; if it is not there, the same quote is posted again, which a
//   wallet takes once;
// - a quote is given up only after it has expired and the wallet does not list it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "everyface/money/wallet_desk.h"

namespace everyface {

enum class TransferState { kQuoted, kPosting, kSent, kDone, kFailed };
std::string_view transfer_state_name(TransferState state);

struct Transfer {
  Uuid id;
  std::string purpose;
  Uuid subject;
  Uuid grant;
  std::string payer;  ///< wallet address
  std::string resource_server;
  std::string quote;
  std::optional<std::int64_t> quote_until_ms;
  std::int64_t debit = 0;
  Asset asset;  ///< of the payer's wallet
  std::string receiver;
  std::int64_t receive = 0;  ///< that arrives when it is done
  Asset receive_asset;
  TransferState state = TransferState::kQuoted;
  std::string outgoing;  ///< the payment at the wallet, once it is known
  /// When it is done, the debit; when it has failed, what of it went to the receiver all the same.
  std::int64_t sent = 0;
  std::int64_t attempts = 0;
  std::string problem;  ///< "expired", or a code of PaymentError or of wallet_grants.h; then words
};

struct NewTransfer {
  std::string purpose;
  Uuid subject;
  Uuid grant;
  WalletAddress payer;
  Quote quote;
};

/// To be posted at once. Error: the amount does not fit into 63 bits (code amount).
Result<Uuid> add_transfer(Transaction& tx, const NewTransfer& wanted, std::int64_t now_ms);

Result<Transfer> find_transfer(Transaction& tx, const Uuid& transfer);

/// What follows when a transfer is done or has failed, in the same transaction.
using Settle = std::function<Result<void>(Transaction& tx, const Transfer& transfer)>;

/// As far as it goes now. Does nothing where another server is at it.
Result<void> advance_transfer(WalletDesk& desk, const Uuid& transfer, const Settle& settle);

/// All whose time has come. Returns how many.
Result<int> advance_transfers(WalletDesk& desk, const Settle& settle);

/// A wallet says that something happened to a payment: look at it next.
Result<void> hurry_transfer(Transaction& tx, std::string_view outgoing);

}  // namespace everyface
