#include "everyface/web/site.h"

#include <nlohmann/json.hpp>
#include <system_error>

#include "everyface/base/file.h"
#include "everyface/web/server.h"
#include "everyface/web/services.h"
#include "web/commons.h"
#include "web/demo.h"
#include "web/pages/identify.h"

namespace everyface::web {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::uint64_t kMostKeyBytes = 4096;

/// The configured key, else the one of the data folder, made at the first start.
Result<std::string> site_key(const Config& config) {
  if (!config.site.key.empty()) {
    return config.site.key;
  }
  const auto path = config.data.folder / "site.key";
  if (std::filesystem::exists(path)) {
    return read_file(path, kMostKeyBytes);
  }
  const std::string key = random_hex(kKeyBytes);
  if (auto written = write_file_atomic(path, key); !written) {
    return written.error();
  }
  std::error_code error;
  std::filesystem::permissions(path, std::filesystem::perms::owner_read, error);
  if (error) {
    return Error{path.string() +
                 ": cannot be made readable to its owner alone: " + error.message()};
  }
  return key;
}

ServerOptions server_options(const Config& config, const std::filesystem::path& spool) {
  ServerOptions options;
  options.workers = config.server.workers;
  options.trusted_proxies = config.server.trusted_proxies;
  options.forms.files = config.limits.photos_per_upload;
  options.forms.file_bytes = config.limits.photo_bytes;
  options.forms.spool_folder = spool.string();
  options.limits.connections = config.limits.connections;
  options.limits.connections_per_address = config.limits.connections_per_address;
  return options;
}

}  // namespace

Result<void> run_site(Config config, bool demo,
                      const std::function<void(const StartedSite& site)>& started) {
  const auto spool = config.data.folder / "spool";
  if (auto made = make_folder(spool); !made) {
    return made;
  }
  const auto key = site_key(config);
  if (!key) {
    return key.error();
  }
  const auto messages = Messages::embedded().offering(config.site.languages);
  if (!messages) {
    return messages.error();
  }
  auto listener = Listener::open(config.server.host, config.server.port);
  if (!listener) {
    return listener.error();
  }
  if (config.site.public_url.empty()) {
    config.site.public_url = listener->url();
  }
  AppOptions app_options;
  app_options.site_name = config.site.name;
  app_options.public_url = config.site.public_url;
  app_options.site_key = *key;
  app_options.rate_limits = config.limits.rates;
  app_options.metrics_networks = config.server.metrics_networks;
  app_options.language = messages->catalogues().front().language();
  const bool monetized = !config.wallet.address.empty() && config.wallet.monetization != "off";
  if (monetized) {
    app_options.more_policy.emplace_back("monetization-src",
                                         config.wallet.allow_loopback ? "https: http:" : "https:");
  }
  App app(std::move(app_options), Templates::embedded(), *messages);
  auto commons = Commons::open(config, config.site.public_url);
  if (!commons) {
    return commons.error();
  }
  app.set_identify(
      [&commons = **commons](const Request& request) { return identify(commons, request); });
  app.set_ready([&commons = **commons] { return commons.ready(); });
  if (monetized) {
    app.set_monetization(
        [&wallet = *(*commons)->wallet, meta = config.wallet.monetization == "meta"] {
          const WalletMoney::Payee payee = wallet.draw();
          return View({{"href", payee.address},
                       {"site", payee.site},
                       {"pointer", meta ? View(payment_pointer(payee.address)) : View()}});
        });
  }
  Services services{config, app, **commons};
  add_pages(app.router(), services);
  Server server(std::move(*listener), server_options(config, spool), app);
  StartedSite site{config.site.public_url, {}};
  if (demo) {
    auto accounts = fill_demo(**commons);
    if (!accounts) {
      return accounts.error();
    }
    site.accounts = std::move(*accounts);
  }
  (*commons)->start_background();
  started(site);
  server.run_until_signal();
  return {};
}

}  // namespace everyface::web
