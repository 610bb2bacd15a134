// What the parts that work with wallets share.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "everyface/commons/clock.h"
#include "everyface/commons/vault.h"
#include "everyface/payments/open_payments.h"
#include "everyface/store/database.h"

namespace everyface {

/// The site's own wallet, for what needs nobody's consent: to see what came in, to ask for
/// payments, to have payments quoted. Tokens are kept in memory until they no longer work.
/// Thread-safe.
class SiteWallet {
 public:
  SiteWallet(OpenPayments& client, std::string address, Asset asset)
      : client_(client), configured_(std::move(address)), asset_(std::move(asset)) {}

  /// Asked once. kMalformed where its asset is not the books'.
  PaymentResult<WalletAddress> address();

  /// Calls call(token) for receiving, with a new token where the one at hand is refused.
  template <typename T>
  PaymentResult<T> receiving(
      const std::function<PaymentResult<T>(const std::string& token)>& call) {
    return with_token<T>(receiving_access(), call);
  }
  template <typename T>
  PaymentResult<T> quoting(const std::function<PaymentResult<T>(const std::string& token)>& call) {
    return with_token<T>(PaymentAccess::to_quote(), call);
  }

 private:
  static PaymentAccess receiving_access();
  PaymentResult<std::string> token(PaymentAccess access, const std::string& refused);

  template <typename T>
  PaymentResult<T> with_token(const PaymentAccess& access,
                              const std::function<PaymentResult<T>(const std::string&)>& call) {
    std::string refused;
    while (true) {
      const auto held = token(access, refused);
      if (!held) {
        return held.error();
      }
      auto answer = call(*held);
      if (answer || !refused.empty() || !answer.error().token_refused()) {
        return answer;
      }
      refused = *held;
    }
  }

  OpenPayments& client_;
  const std::string configured_;
  const Asset asset_;
  std::mutex mutex_;
  std::optional<WalletAddress> address_;
  std::map<std::string, std::string> tokens_;  // by type of access
};

/// Turns at wallets that visitors name. Such a wallet may take all its time for each of several
/// calls, and whoever asks keeps one of the server's workers: so few at once that most are left for
/// everybody else. Thread-safe.
class VisitorTurns {
 public:
  static constexpr int kMost = 3;

  struct GiveBack {
    void operator()(std::atomic<int>* taken) const { --*taken; }
  };
  using Turn = std::unique_ptr<std::atomic<int>, GiveBack>;

  /// Code: busy (all are taken).
  Result<Turn> take() {
    Turn turn(&taken_);
    return ++taken_ <= kMost ? Result<Turn>(std::move(turn))
                             : Error{"too many wallets are being asked", "busy"};
  }

 private:
  std::atomic<int> taken_ = 0;
};

/// Each outlives whoever is handed the desk.
struct WalletDesk {
  Database& database;
  const Vault& vault;
  Clock clock;
  OpenPayments& client;
  SiteWallet& site;
  std::string public_url;  ///< without a slash at the end
  Asset asset;             ///< of the books
  int site_percent = 0;    ///< of what comes in
  VisitorTurns visitors = {};
};

/// A call to a wallet takes no longer than this, so that whoever claimed something for it and died
/// holds up nobody for more.
inline constexpr std::int64_t kClaimMs = 30 * kSecondMs;

/// How long to wait after the nth failure: 2, 4, 8 … seconds, an hour at most.
std::int64_t back_off_ms(std::int64_t attempts);

/// "2026-03-01T12:00:00Z", with or without fractions and other offsets (RFC 3339), as Unix
/// milliseconds; none where it is none.
std::optional<std::int64_t> instant_ms(std::string_view text);
std::string instant_text(std::int64_t at_ms);

}  // namespace everyface
