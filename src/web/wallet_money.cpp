#include "web/wallet_money.h"

#include <sodium.h>

#include <algorithm>
#include <utility>

#include "everyface/money/gifts.h"
#include "everyface/money/payouts.h"
#include "web/log.h"

namespace everyface::web {
namespace {

constexpr std::int64_t kMostPhotos = 10;
constexpr std::uint32_t kHundred = 100;

}  // namespace

Result<std::unique_ptr<WalletMoney>> WalletMoney::open(const Config& config, Database& database,
                                                       const Vault& vault, const Clock& clock,
                                                       const std::string& public_url) {
  if (config.wallet.address.empty()) {
    return std::unique_ptr<WalletMoney>();
  }
  auto key = SigningKey::from_pem(config.wallet.key, config.wallet.key_id);
  if (!key) {
    return Error{"wallet.key: " + key.error().message};
  }
  std::unique_ptr<WalletMoney> money(
      new WalletMoney(config, database, vault, clock, public_url, std::move(*key)));
  money->read_shown();
  return money;
}

WalletMoney::WalletMoney(const Config& config, Database& database, const Vault& vault,
                         const Clock& clock, const std::string& public_url, SigningKey key)
    : config_(config.wallet),
      http_({.allow_loopback = config.wallet.allow_loopback}),
      key_(std::move(key)),
      client_(http_, key_, config.wallet.address, [&clock] { return clock() / kSecondMs; }),
      site_(client_, config.wallet.address, config.money.rewards.asset),
      desk_{database,
            vault,
            clock,
            client_,
            site_,
            public_url,
            config.money.rewards.asset,
            config.money.site_percent} {}

Settle WalletMoney::settle() const {
  return [this](Transaction& tx, const Transfer& transfer) {
    return transfer.purpose == kGiftPurpose
               ? settle_gift(tx, transfer)
               : settle_payout(tx, transfer, desk_.clock(), config_.payouts);
  };
}

Result<void> WalletMoney::advance() {
  if (desk_.clock() - shown_ms_ > kMinuteMs) {
    read_shown();
  }
  const auto begun = advance_payouts(desk_, config_.payouts, settle());
  return begun ? Result<void>() : begun.error();
}

void WalletMoney::read_shown() {
  shown_ms_ = desk_.clock();
  auto read = shown_wallets(desk_.database);
  if (!read) {
    log_event("error", "contributors' wallets cannot be read", {{"reason", read.error().message}});
    return;
  }
  const std::lock_guard lock(mutex_);
  shown_ = std::move(*read);
}

WalletMoney::Payee WalletMoney::draw() {
  Payee site{config_.address, true};
  if (config_.contributors_percent == 0 ||
      randombytes_uniform(kHundred) >= static_cast<std::uint32_t>(config_.contributors_percent)) {
    return site;
  }
  const std::lock_guard lock(mutex_);
  std::uint32_t all = 0;
  for (const ShownWallet& wallet : shown_) {
    all += static_cast<std::uint32_t>(std::min(wallet.photos, kMostPhotos));
  }
  if (all == 0) {
    return site;
  }
  std::uint32_t at = randombytes_uniform(all);
  for (const ShownWallet& wallet : shown_) {
    const auto weight = static_cast<std::uint32_t>(std::min(wallet.photos, kMostPhotos));
    if (at < weight) {
      return {wallet.address, false};
    }
    at -= weight;
  }
  return site;
}

std::string payment_pointer(const std::string& address) {
  const std::size_t host = address.find("://");
  return host == std::string::npos ? address : "$" + address.substr(host + 3);
}

Rails open_rails(const Config& config, Database& database, const Clock& clock,
                 WalletMoney* wallet) {
  Rails rails;
  const Asset& asset = config.money.rewards.asset;
  if (wallet != nullptr) {
    rails.push_back(open_payments_rail(wallet->desk(), wallet->settle()));
    rails.push_back(web_monetization_rail(wallet->desk()));
  }
  const PaymentsConfig& payments = config.payments;
  if (!payments.iban.empty()) {
    rails.push_back(
        bank_rail(database, clock, {payments.account_name, payments.iban, payments.bic}, asset));
  }
  return rails;
}

}  // namespace everyface::web
