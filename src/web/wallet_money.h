// The site's wallet and all that works with it, put together from the configuration.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "everyface/money/incoming.h"
#include "everyface/money/rails.h"
#include "everyface/money/wallets.h"
#include "everyface/payments/open_payments.h"
#include "everyface/web/config.h"

namespace everyface::web {

class WalletMoney {
 public:
  /// What is handed in outlives it. Error: the key is none.
  static Result<std::unique_ptr<WalletMoney>> open(const Config& config, Database& database,
                                                   const Vault& vault, const Clock& clock,
                                                   const std::string& public_url);

  [[nodiscard]] WalletDesk& desk() { return desk_; }
  [[nodiscard]] const SigningKey& key() const { return key_; }
  [[nodiscard]] OpenPayments& client() { return client_; }
  /// What follows of a transfer, whichever it is of.
  [[nodiscard]] Settle settle() const;

  /// Payouts that are due, and who may be drawn. From one thread.
  Result<void> advance();

  /// Whom a visitor's agent is asked to pay this time: the site, or, in the configured share of
  /// cases, a contributor whose wallet may be shown, drawn by the number of their photos in the
  /// newest release (ten at most count). Does not ask the database.
  struct Payee {
    std::string address;
    bool site = true;
  };
  Payee draw();

 private:
  WalletMoney(const Config& config, Database& database, const Vault& vault, const Clock& clock,
              const std::string& public_url, SigningKey key);
  void read_shown();

  const WalletConfig& config_;
  OutgoingHttp http_;
  SigningKey key_;
  OpenPayments client_;
  SiteWallet site_;
  WalletDesk desk_;
  std::int64_t shown_ms_ = 0;
  std::mutex mutex_;  ///< of what follows
  std::vector<ShownWallet> shown_;
};

/// "$wallet.example/alice" of "https://wallet.example/alice": how the old tag names a wallet.
std::string payment_pointer(const std::string& address);

/// The rails that the configuration opens. `wallet`: none where there is none.
Rails open_rails(const Config& config, Database& database, const Clock& clock, WalletMoney* wallet);

}  // namespace everyface::web
