// What `everyface serve` is told: one file, TOML or JSON, each key of which is also an environment
// variable.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/money/payouts.h"
#include "everyface/money/rewards.h"
#include "everyface/web/address.h"
#include "everyface/web/rate_limit.h"

namespace everyface::web {

struct SiteConfig {
  std::string name = "Everyface";
  std::string public_url;  ///< empty: http://LISTEN
  std::vector<std::string>
      languages;        ///< empty: all that are compiled in; the first is the default
  std::string contact;  ///< a mail address shown to visitors; empty: none
  std::string key;  ///< at least 32 bytes, the same on all servers; empty: made in the data folder
  std::filesystem::path choices;  ///< lists that declarations choose from; empty: the program's
  std::filesystem::path licence;  ///< text of the releases' licence; empty: the program's
};

/// Keys in files; where empty, in the data folder, made at the first start.
struct KeyConfig {
  std::filesystem::path vault;
  std::filesystem::path release;
};

struct ServerConfig {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
  std::size_t workers = 0;
  std::vector<Network> trusted_proxies;
  std::vector<Network> metrics_networks;  ///< default: loopback
};

struct DataConfig {
  std::filesystem::path folder = "everyface-data";
};

struct DatabaseConfig {
  std::string url;  ///< "sqlite:PATH" or "postgresql://…"; empty: sqlite in the data folder
  std::size_t connections = 8;
};

struct BlobConfig {
  std::string kind = "folder";   ///< or "s3"
  std::filesystem::path folder;  ///< empty: blobs in the data folder
  std::string endpoint;
  std::string bucket;
  std::string region;
  std::string access_key;
  std::string secret_key;
};

struct MailConfig {
  std::string from;
  std::string host;  ///< empty: mails are written to `folder`
  std::uint16_t port = 587;
  std::string tls = "starttls";  ///< or "tls", or "none", which only a loopback host may have
  std::string user;
  std::string password;
  std::filesystem::path folder;  ///< empty: mail in the data folder
};

struct LimitConfig {
  std::size_t connections = 8192;
  std::size_t connections_per_address = 256;
  std::uint64_t photo_bytes = std::uint64_t{20} << 20U;
  std::size_t photos_per_upload = 20;
  std::uint64_t photo_pixels = 50'000'000;
  RateLimits rates;
};

struct MoneyConfig {
  RewardSettings rewards;  ///< without targets: all groups of the site alike
  int site_percent = 20;   ///< of what comes in, for running the site
};

/// The bank account that donations go to; without an IBAN, none are offered.
struct PaymentsConfig {
  std::string iban;  ///< as check_iban() gives it
  std::string bic;
  std::string account_name;
};

/// The site's wallet (Open Payments); without an address, no money moves by wallets.
struct WalletConfig {
  std::string address;
  std::string key_id;
  std::string key;                    ///< PEM; the wallet knows its public part as key_id
  bool allow_loopback = false;        ///< wallets on this machine, by http: for trials
  std::string webhook_secret;         ///< empty: no webhooks are taken
  std::string monetization = "link";  ///< or "off", or "meta": the old tag besides
  int contributors_percent = 0;       ///< of the pages, that name a contributor's wallet
  std::string receipt_seed;           ///< 32 bytes; empty: no STREAM receipts are taken
  int receipt_scale = 9;
  PayoutSettings payouts;
};

struct Config {
  SiteConfig site;
  KeyConfig keys;
  ServerConfig server;
  DataConfig data;
  DatabaseConfig database;
  BlobConfig blobs;
  MailConfig mail;
  LimitConfig limits;
  MoneyConfig money;
  PaymentsConfig payments;
  WalletConfig wallet;
};

/// A key as the manual shows it.
struct ConfigKey {
  std::string section;
  std::string key;
  std::string kind;  ///< "text", "number", "list of texts", "text in a file"
  std::string meaning;
};

using Environment = std::map<std::string, std::string, std::less<>>;

/// Reads the text of a file named `file`, TOML or JSON, then EVERYFACE_<SECTION>_<KEY> out of
/// `environment`, which wins (a list's entries are separated by commas there). A key KEY_file names
/// a file whose content, without the line's end, is KEY's value. Errors name file and line, or the
/// variable: unknown sections and keys with the nearest known one, wrong types, values out of
/// range, public_url that is neither https nor loopback.
Result<Config> parse_config(std::string_view text, std::string_view file,
                            const Environment& environment);

/// As parse_config(), of a file; without one, of the environment alone.
Result<Config> load_config(const std::optional<std::filesystem::path>& file,
                           const Environment& environment);

/// The process's variables that begin with EVERYFACE_.
Environment environment_of_process();

/// Every key, in the manual's order.
std::vector<ConfigKey> config_keys();

}  // namespace everyface::web
