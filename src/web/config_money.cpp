#include <algorithm>
#include <charconv>

#include "everyface/base/base64.h"
#include "everyface/base/text.h"
#include "everyface/payments/iban.h"
#include "web/config_keys.h"

namespace everyface::web {
namespace {

constexpr double kHundred = 100;
constexpr std::size_t kSeedBytes = 32;

ConfigKeySpec number(const char* key, const char* meaning, std::int64_t least, std::int64_t most,
                     std::function<void(MoneyConfig&, std::int64_t)> store) {
  return {"money", key, ConfigKind::kNumber, meaning,
          [least, most, store = std::move(store)](Config& config, const ConfigValue& value) {
            const std::int64_t given = std::get<std::int64_t>(value);
            if (given < least || given > most) {
              return "must be from " + std::to_string(least) + " to " + std::to_string(most);
            }
            store(config.money, given);
            return std::string{};
          }};
}

/// "african=12.5": the share of a group, in any unit.
std::string set_targets(Config& config, const ConfigValue& value) {
  std::map<std::string, double> targets;
  for (const std::string& entry : std::get<std::vector<std::string>>(value)) {
    const std::size_t equals = entry.find('=');
    double share = 0;
    const char* const end = entry.data() + entry.size();
    const auto read =
        std::from_chars(entry.data() + std::min(equals, entry.size() - 1) + 1, end, share);
    if (equals == 0 || equals == std::string::npos || read.ec != std::errc{} || read.ptr != end ||
        !(share > 0)) {
      return "has an entry that is not GROUP=SHARE such as african=12.5: " + entry;
    }
    targets[entry.substr(0, equals)] = share;
  }
  config.money.rewards.rules.targets = std::move(targets);
  return {};
}

std::string set_seed(Config& config, const ConfigValue& value) {
  auto seed = from_base64(std::get<std::string>(value));
  if (!seed || seed->size() != kSeedBytes) {
    return "must be 32 bytes in base64";
  }
  config.wallet.receipt_seed = std::move(*seed);
  return {};
}

ConfigKeySpec wallet_text(const char* key, const char* meaning, std::string WalletConfig::*field) {
  return {"wallet", key, ConfigKind::kText, meaning,
          [field](Config& config, const ConfigValue& value) {
            config.wallet.*field = std::get<std::string>(value);
            return std::string{};
          }};
}

ConfigKeySpec wallet_choice(const char* key, const char* meaning, std::vector<std::string> choices,
                            std::function<void(WalletConfig&, const std::string&)> store) {
  return {"wallet", key, ConfigKind::kText, meaning,
          [choices = std::move(choices), store = std::move(store)](Config& config,
                                                                   const ConfigValue& value) {
            const auto& chosen = std::get<std::string>(value);
            if (std::find(choices.begin(), choices.end(), chosen) == choices.end()) {
              return "must be one of " + join(choices, ", ");
            }
            store(config.wallet, chosen);
            return std::string{};
          }};
}

ConfigKeySpec wallet_number(const char* key, const char* meaning, std::int64_t least,
                            std::int64_t most,
                            std::function<void(WalletConfig&, std::int64_t)> store) {
  return {"wallet", key, ConfigKind::kNumber, meaning,
          [least, most, store = std::move(store)](Config& config, const ConfigValue& value) {
            const std::int64_t given = std::get<std::int64_t>(value);
            if (given < least || given > most) {
              return "must be from " + std::to_string(least) + " to " + std::to_string(most);
            }
            store(config.wallet, given);
            return std::string{};
          }};
}

std::vector<ConfigKeySpec> wallet_key_specs() {
  return {
      wallet_text("address",
                  "the site's wallet (Open Payments): https://…; without it, no money moves by "
                  "wallets",
                  &WalletConfig::address),
      wallet_text("key_id", "what the wallet calls the site's key", &WalletConfig::key_id),
      wallet_text("key", "the key that signs the site's requests: Ed25519, PEM (PKCS #8)",
                  &WalletConfig::key),
      wallet_choice("allow_loopback", "yes or no: wallets on this machine, by http, for trials",
                    {"yes", "no"},
                    [](WalletConfig& wallet, const std::string& chosen) {
                      wallet.allow_loopback = chosen == "yes";
                    }),
      wallet_text("webhook_secret",
                  "agreed on with the wallet, for what it sends to /webhooks/wallet; without it, "
                  "that is refused",
                  &WalletConfig::webhook_secret),
      wallet_choice(
          "monetization", "link (Web Monetization), meta (its old tag besides), or off",
          {"link", "meta", "off"},
          [](WalletConfig& wallet, const std::string& chosen) { wallet.monetization = chosen; }),
      wallet_number("contributors_percent",
                    "of the pages, that ask visitors' wallets to pay a contributor instead of the "
                    "site",
                    0, 100,
                    [](WalletConfig& wallet, std::int64_t n) {
                      wallet.contributors_percent = static_cast<int>(n);
                    }),
      {"wallet", "receipt_seed", ConfigKind::kText,
       "that the wallet makes STREAM receipts with: 32 bytes in base64; without it, none are taken",
       set_seed},
      wallet_number(
          "receipt_scale", "decimal places of the receipts' totals", 0, 18,
          [](WalletConfig& wallet, std::int64_t n) { wallet.receipt_scale = static_cast<int>(n); }),
      wallet_number("payout_least", "smallest units: who has less vested waits for the next batch",
                    1, 1'000'000'000,
                    [](WalletConfig& wallet, std::int64_t n) { wallet.payouts.least = n; }),
      wallet_number("payout_fee_percent",
                    "of a payout, the most that the wallet's fee may be without a person's look", 0,
                    100,
                    [](WalletConfig& wallet, std::int64_t n) {
                      wallet.payouts.most_fee_percent = static_cast<int>(n);
                    }),
  };
}

}  // namespace

std::vector<ConfigKeySpec> money_key_specs() {
  std::vector<ConfigKeySpec> specs = {
      {"money", "asset", ConfigKind::kText, "code of the currency that the books are kept in",
       [](Config& config, const ConfigValue& value) {
         config.money.rewards.asset.code = std::get<std::string>(value);
         return std::string{};
       }},
      number("scale", "decimal places of the currency", 0, 18,
             [](MoneyConfig& money, std::int64_t n) {
               money.rewards.asset.scale = static_cast<int>(n);
             }),
      number("site_percent", "of what comes in, for running the site; the rest is for contributors",
             0, 100,
             [](MoneyConfig& money, std::int64_t n) { money.site_percent = static_cast<int>(n); }),
      number("release_percent", "of the pool, that a release offers", 1, 100,
             [](MoneyConfig& money, std::int64_t n) {
               money.rewards.release_share = static_cast<double>(n) / kHundred;
             }),
      number("cap_percent", "of what a release offers, the most for one person", 1, 100,
             [](MoneyConfig& money, std::int64_t n) {
               money.rewards.rules.most_share = static_cast<double>(n) / kHundred;
             }),
      number("most_multiplier", "the most that a photo of a rare group counts", 1, 20,
             [](MoneyConfig& money, std::int64_t n) {
               money.rewards.rules.most_multiplier = static_cast<double>(n);
             }),
      number("prior_people", "people of the target shares that are thought to be there already", 1,
             1'000'000,
             [](MoneyConfig& money, std::int64_t n) {
               money.rewards.rules.prior_people = static_cast<double>(n);
             }),
      number("least_quality", "reviewed points from which a photo is paid for", 1, 5,
             [](MoneyConfig& money, std::int64_t n) {
               money.rewards.rules.least_quality = static_cast<int>(n);
             }),
      {"money", "targets", ConfigKind::kList,
       "GROUP=SHARE for each group: what share of people the data should have", set_targets},
      {"payments", "iban", ConfigKind::kText,
       "account that donations are transferred to; without it, none are offered",
       [](Config& config, const ConfigValue& value) {
         auto iban = check_iban(std::get<std::string>(value));
         config.payments.iban = iban ? *iban : "";
         return iban ? std::string{} : iban.error().message;
       }},
      {"payments", "bic", ConfigKind::kText, "of its bank; may be left out within the EEA",
       [](Config& config, const ConfigValue& value) {
         config.payments.bic = std::get<std::string>(value);
         return std::string{};
       }},
      {"payments", "account_name", ConfigKind::kText, "its holder",
       [](Config& config, const ConfigValue& value) {
         config.payments.account_name = std::get<std::string>(value);
         return std::string{};
       }},
  };
  for (ConfigKeySpec& spec : wallet_key_specs()) {
    specs.push_back(std::move(spec));
  }
  return specs;
}

}  // namespace everyface::web
