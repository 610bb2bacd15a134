#include "web/config_keys.h"

#include <algorithm>

#include "everyface/base/text.h"
#include "everyface/payments/outgoing_http.h"
#include "everyface/payments/sepa_qr.h"
#include "everyface/payments/signing_key.h"
#include "everyface/web/listen_address.h"

namespace everyface::web {
namespace {

using Setter = std::function<std::string(Config&, const ConfigValue&)>;

constexpr std::int64_t kMegabyte = 1 << 20;

Setter text(std::function<std::string&(Config&)> field) {
  return [field = std::move(field)](Config& config, const ConfigValue& value) {
    field(config) = std::get<std::string>(value);
    return std::string{};
  };
}

Setter path(std::function<std::filesystem::path&(Config&)> field) {
  return [field = std::move(field)](Config& config, const ConfigValue& value) {
    field(config) = std::get<std::string>(value);
    return std::string{};
  };
}

Setter one_of(std::function<std::string&(Config&)> field, std::vector<std::string> choices) {
  return [field = std::move(field), choices = std::move(choices)](Config& config,
                                                                  const ConfigValue& value) {
    const auto& chosen = std::get<std::string>(value);
    if (std::find(choices.begin(), choices.end(), chosen) == choices.end()) {
      return "must be one of " + join(choices, ", ");
    }
    field(config) = chosen;
    return std::string{};
  };
}

Setter number(std::int64_t least, std::int64_t most,
              std::function<void(Config&, std::int64_t)> store) {
  return [least, most, store = std::move(store)](Config& config, const ConfigValue& value) {
    const std::int64_t given = std::get<std::int64_t>(value);
    if (given < least || given > most) {
      return "must be from " + std::to_string(least) + " to " + std::to_string(most);
    }
    store(config, given);
    return std::string{};
  };
}

Setter networks(std::function<std::vector<Network>&(Config&)> field) {
  return [field = std::move(field)](Config& config, const ConfigValue& value) {
    std::vector<Network> parsed;
    for (const std::string& entry : std::get<std::vector<std::string>>(value)) {
      const auto network = Network::parse(entry);
      if (!network) {
        return "has an entry that is no network such as 10.0.0.0/8: " + entry;
      }
      parsed.push_back(*network);
    }
    field(config) = std::move(parsed);
    return std::string{};
  };
}

std::string set_listen(Config& config, const ConfigValue& value) {
  const auto address = parse_listen_address(std::get<std::string>(value));
  if (!address) {
    return "must be HOST:PORT such as 127.0.0.1:8080 or [::1]:8080";
  }
  config.server.host = address->host;
  config.server.port = address->port;
  return {};
}

/// "300/60": so many at once, and no more in every so many seconds.
std::string set_rate(RateLimits& rates, const std::string& name, const std::string& value) {
  const std::size_t slash = value.find('/');
  const auto burst = parse_int(value.substr(0, slash));
  const auto seconds =
      slash == std::string::npos ? std::nullopt : parse_int(value.substr(slash + 1));
  if (!burst || !seconds || *burst < 1 || *seconds < 1) {
    return "must be REQUESTS/SECONDS such as 300/60";
  }
  rates[name] = {static_cast<double>(*burst), std::chrono::seconds(*seconds)};
  return {};
}

struct NamedRate {
  const char* name;
  const char* standard;
  const char* meaning;
};
constexpr NamedRate kRates[] = {
    {"network", "1200/60", "requests of any kind, by network (/24 of IPv4, /64 of IPv6)"},
    {"sign_in", "10/300", "attempts to sign in, by network and account"},
    {"join", "10/3600", "new accounts, by network"},
    {"mail", "5/3600", "mails that someone has the site send, by network and account"},
    {"upload", "120/3600", "uploads of photos, by network and account"},
    {"export", "10/3600", "copies of one's own data, by network and account"},
    {"donate", "20/3600", "donations announced, by network"},
    {"wallet", "30/3600", "times that a wallet is asked for something, by network and account"},
    {"monetization", "120/600", "payments that visitors' agents tell of, by network"},
    {"try_it", "30/600", "photos enhanced without an account, by network"},
    {"api", "240/60", "requests to the JSON API, by network and account"},
};

std::vector<ConfigKeySpec> make_specs() {
  using Kind = ConfigKind;
  std::vector<ConfigKeySpec> specs = {
      {"site", "name", Kind::kText, "name of the site, on every page",
       text([](Config& c) -> std::string& { return c.site.name; })},
      {"site", "public_url", Kind::kText,
       "the address that visitors use, such as https://faces.example; https, unless loopback",
       text([](Config& c) -> std::string& { return c.site.public_url; })},
      {"site", "languages", Kind::kList, "languages offered; the first is the default",
       [](Config& config, const ConfigValue& value) {
         config.site.languages = std::get<std::vector<std::string>>(value);
         return std::string{};
       }},
      {"site", "contact", Kind::kText, "mail address of the people behind the site, for visitors",
       text([](Config& c) -> std::string& { return c.site.contact; })},
      {"site", "key", Kind::kText,
       "secret of at least 32 characters that signs forms; the same on all servers of a site",
       [](Config& config, const ConfigValue& value) {
         config.site.key = std::get<std::string>(value);
         return config.site.key.size() < 32 ? std::string("must have at least 32 characters")
                                            : std::string{};
       }},
      {"site", "choices", Kind::kText,
       "JSON file of the groups, genders and age bands to choose from; see docs/operate.md",
       path([](Config& c) -> std::filesystem::path& { return c.site.choices; })},
      {"site", "licence", Kind::kText, "text file with the licence of the releases",
       path([](Config& c) -> std::filesystem::path& { return c.site.licence; })},
      {"keys", "vault", Kind::kText,
       "file with the key that seals secrets in the database; the same on all servers of a site",
       path([](Config& c) -> std::filesystem::path& { return c.keys.vault; })},
      {"keys", "release", Kind::kText,
       "PEM file with the Ed25519 key that signs releases; the same on all servers of a site",
       path([](Config& c) -> std::filesystem::path& { return c.keys.release; })},
      {"server", "listen", Kind::kText, "HOST:PORT to listen on", set_listen},
      {"server", "workers", Kind::kNumber, "threads that answer requests; 0: four for each core",
       number(0, 1024,
              [](Config& c, std::int64_t n) { c.server.workers = static_cast<std::size_t>(n); })},
      {"server", "trusted_proxies", Kind::kList,
       "networks whose X-Forwarded-For and X-Forwarded-Proto are believed",
       networks([](Config& c) -> std::vector<Network>& { return c.server.trusted_proxies; })},
      {"server", "metrics_networks", Kind::kList, "networks that may read /metrics",
       networks([](Config& c) -> std::vector<Network>& { return c.server.metrics_networks; })},
      {"data", "folder", Kind::kText, "folder for everything that is not kept elsewhere",
       path([](Config& c) -> std::filesystem::path& { return c.data.folder; })},
      {"database", "url", Kind::kText,
       "sqlite:PATH or postgresql://USER@HOST/NAME (PostgreSQL, CockroachDB)",
       text([](Config& c) -> std::string& { return c.database.url; })},
      {"database", "connections", Kind::kNumber, "connections to the database",
       number(1, 256,
              [](Config& c, std::int64_t n) {
                c.database.connections = static_cast<std::size_t>(n);
              })},
      {"blobs", "kind", Kind::kText, "folder or s3",
       one_of([](Config& c) -> std::string& { return c.blobs.kind; }, {"folder", "s3"})},
      {"blobs", "folder", Kind::kText, "folder of the photos and releases",
       path([](Config& c) -> std::filesystem::path& { return c.blobs.folder; })},
      {"blobs", "endpoint", Kind::kText, "URL of the S3-compatible store",
       text([](Config& c) -> std::string& { return c.blobs.endpoint; })},
      {"blobs", "bucket", Kind::kText, "bucket of the store",
       text([](Config& c) -> std::string& { return c.blobs.bucket; })},
      {"blobs", "region", Kind::kText, "region of the store",
       text([](Config& c) -> std::string& { return c.blobs.region; })},
      {"blobs", "access_key", Kind::kText, "access key of the store",
       text([](Config& c) -> std::string& { return c.blobs.access_key; })},
      {"blobs", "secret_key", Kind::kText, "secret key of the store",
       text([](Config& c) -> std::string& { return c.blobs.secret_key; })},
      {"mail", "from", Kind::kText, "sender of the site's mails",
       text([](Config& c) -> std::string& { return c.mail.from; })},
      {"mail", "host", Kind::kText, "SMTP server; without one, mails are written to mail.folder",
       text([](Config& c) -> std::string& { return c.mail.host; })},
      {"mail", "port", Kind::kNumber, "port of the SMTP server",
       number(1, 65535,
              [](Config& c, std::int64_t n) { c.mail.port = static_cast<std::uint16_t>(n); })},
      {"mail", "tls", Kind::kText, "starttls, tls, or none (only to a loopback host)",
       one_of([](Config& c) -> std::string& { return c.mail.tls; }, {"starttls", "tls", "none"})},
      {"mail", "user", Kind::kText, "user at the SMTP server",
       text([](Config& c) -> std::string& { return c.mail.user; })},
      {"mail", "password", Kind::kText, "password at the SMTP server",
       text([](Config& c) -> std::string& { return c.mail.password; })},
      {"mail", "folder", Kind::kText, "folder that mails are written to without an SMTP server",
       path([](Config& c) -> std::filesystem::path& { return c.mail.folder; })},
      {"limits", "connections", Kind::kNumber, "open connections",
       number(
           16, 1'000'000,
           [](Config& c, std::int64_t n) { c.limits.connections = static_cast<std::size_t>(n); })},
      {"limits", "connections_per_address", Kind::kNumber,
       "open connections of one address; trusted proxies are not counted",
       number(1, 1'000'000,
              [](Config& c, std::int64_t n) {
                c.limits.connections_per_address = static_cast<std::size_t>(n);
              })},
      {"limits", "photo_megabytes", Kind::kNumber, "size of a photo's file",
       number(1, 100,
              [](Config& c, std::int64_t n) {
                c.limits.photo_bytes = static_cast<std::uint64_t>(n * kMegabyte);
              })},
      {"limits", "photo_megapixels", Kind::kNumber, "size of a photo in millions of pixels",
       number(1, 200,
              [](Config& c, std::int64_t n) {
                c.limits.photo_pixels = static_cast<std::uint64_t>(n * 1'000'000);
              })},
      {"limits", "photos_per_upload", Kind::kNumber, "photos in one form",
       number(1, 100,
              [](Config& c, std::int64_t n) {
                c.limits.photos_per_upload = static_cast<std::size_t>(n);
              })},
  };
  for (ConfigKeySpec& spec : money_key_specs()) {
    specs.push_back(std::move(spec));
  }
  for (const NamedRate& rate : kRates) {
    specs.push_back({"limits", std::string("rate_") + rate.name, Kind::kText,
                     "REQUESTS/SECONDS: " + std::string(rate.meaning),
                     [name = rate.name](Config& config, const ConfigValue& value) {
                       return set_rate(config.limits.rates, name, std::get<std::string>(value));
                     }});
  }
  return specs;
}

bool is_loopback_host(std::string_view host) {
  const auto address = Address::parse(host);
  return host == "localhost" || (address && address->is_loopback());
}

Result<void> complete_site(Config& config) {
  SiteConfig& site = config.site;
  const bool local = is_loopback_host(config.server.host);
  if (site.public_url.empty()) {
    if (!local) {
      return Error{"site.public_url is missing: visitors cannot reach the site by " +
                   config.server.host};
    }
    return {};  // http://LISTEN, when the port is known
  }
  while (site.public_url.ends_with('/')) {
    site.public_url.pop_back();
  }
  const auto url = parse_site_url(site.public_url);
  if (!url) {
    return Error{"site.public_url must be https://HOST without a path"};
  }
  if (!url->secure && !is_loopback_host(url->host)) {
    return Error{
        "site.public_url must begin with https://: browsers send the site's cookies by "
        "nothing else"};
  }
  return {};
}

Result<void> complete_wallet(const WalletConfig& wallet) {
  if (wallet.address.empty()) {
    return {};
  }
  if (const auto url = normal_url(wallet.address, {.allow_loopback = wallet.allow_loopback});
      !url) {
    return Error{"wallet.address: " + url.error().message};
  }
  if (const auto key = SigningKey::from_pem(wallet.key, wallet.key_id); !key) {
    return Error{"wallet.address is set, so wallet.key and wallet.key_id must be: " +
                 key.error().message};
  }
  return {};
}

}  // namespace

std::string_view config_kind_name(ConfigKind kind) {
  switch (kind) {
    case ConfigKind::kText:
      return "text";
    case ConfigKind::kNumber:
      return "whole number";
    case ConfigKind::kList:
      break;
  }
  return "list of texts";
}

const std::vector<ConfigKeySpec>& config_key_specs() {
  static const std::vector<ConfigKeySpec> kSpecs = make_specs();
  return kSpecs;
}

Config default_config() {
  Config config;
  for (const NamedRate& rate : kRates) {
    set_rate(config.limits.rates, rate.name, rate.standard);
  }
  config.server.metrics_networks = {*Network::parse("127.0.0.0/8"), *Network::parse("::1")};
  return config;
}

Result<void> complete(Config& config) {
  if (auto site = complete_site(config); !site) {
    return site;
  }
  if (config.database.url.empty()) {
    config.database.url = "sqlite:" + (config.data.folder / "everyface.db").string();
  } else if (!config.database.url.starts_with("sqlite:") &&
             !config.database.url.starts_with("postgresql://")) {
    return Error{"database.url must begin with sqlite: or postgresql://"};
  }
  if (config.blobs.folder.empty()) {
    config.blobs.folder = config.data.folder / "blobs";
  }
  const BlobConfig& blobs = config.blobs;
  if (blobs.kind == "s3" && (blobs.endpoint.empty() || blobs.bucket.empty() ||
                             blobs.access_key.empty() || blobs.secret_key.empty())) {
    return Error{"blobs.kind is s3: blobs needs endpoint, bucket, access_key and secret_key"};
  }
  const PaymentsConfig& payments = config.payments;
  if (!payments.iban.empty()) {
    const auto transfer = sepa_qr_text({payments.account_name, payments.iban, payments.bic, 0, {}});
    if (!transfer) {
      return Error{"payments: account_" + transfer.error().message};
    }
    if (config.money.rewards.asset != Asset{"EUR", 2}) {
      return Error{"payments.iban: transfers are in EUR, but money.asset is another"};
    }
  }
  if (auto wallet = complete_wallet(config.wallet); !wallet) {
    return wallet;
  }
  if (auto asset = check_asset(config.money.rewards.asset); !asset) {
    return Error{"money.asset: " + asset.error().message};
  }
  if (config.mail.folder.empty()) {
    config.mail.folder = config.data.folder / "mail";
  }
  if (!config.mail.host.empty() && config.mail.from.empty()) {
    return Error{"mail.from is missing: mails need a sender"};
  }
  if (!config.mail.host.empty() && config.mail.tls == "none" &&
      !is_loopback_host(config.mail.host)) {
    return Error{
        "mail.tls is none, but mail.host is not loopback: passwords would go in the clear"};
  }
  return {};
}

}  // namespace everyface::web
