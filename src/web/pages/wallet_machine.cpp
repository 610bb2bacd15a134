// What wallets and visitors' agents ask: the site's keys and address, whom to pay, what they paid.
#include <nlohmann/json.hpp>

#include "everyface/money/incoming.h"
#include "everyface/money/stream_income.h"
#include "everyface/payments/http_signature.h"
#include "web/commons.h"
#include "web/pages/support.h"

namespace everyface::web {
namespace {

using nlohmann::json;

constexpr std::size_t kMostWebhookBytes = std::size_t{64} * 1024;
constexpr std::chrono::seconds kThanksLast{24 * 3600};
constexpr std::string_view kWebhookHeader = "Rafiki-Signature";

/// A text field of a JSON object; empty where there is none.
std::string text_of(const json& body, const char* name) {
  return body.is_object() && body.contains(name) && body.at(name).is_string()
             ? body.at(name).get<std::string>()
             : std::string();
}

class WalletMachine {
 public:
  explicit WalletMachine(Services& services) : commons_(services.commons) {}

  Response keys() const {
    if (commons_.wallet == nullptr) {
      return Response::problem(404);
    }
    return Response::json(json::parse(commons_.wallet->key().jwks()));
  }

  /// The site as a wallet address of its own: its payment pointer is "$" and the site's host.
  Response address(const Request& request) const {
    if (commons_.wallet == nullptr) {
      return Response::problem(404);
    }
    const auto wallet = commons_.wallet->desk().site.address();
    if (!wallet) {
      return problem_page(request, wallet.error());
    }
    return Response::json({{"id", commons_.wallet->desk().public_url + "/.well-known/pay"},
                           {"publicName", commons_.config.site.name},
                           {"assetCode", wallet->asset.code},
                           {"assetScale", wallet->asset.scale},
                           {"authServer", wallet->auth_server},
                           {"resourceServer", wallet->resource_server}});
  }

  /// Sends an agent to whoever is drawn (probabilistic revenue sharing).
  Response share() const {
    if (commons_.wallet == nullptr) {
      return Response::problem(404);
    }
    Response response = Response::redirect(commons_.wallet->draw().address, 302);
    response.set_header("Access-Control-Allow-Origin", "*");
    return response;
  }

  Response paid(const Request& request) const {
    const std::string url = text_of(json::parse(request.body, nullptr, false), "incomingPayment");
    if (commons_.wallet == nullptr) {
      return Response::problem(404);
    }
    if (url.empty()) {
      return Response::problem(422);
    }
    const auto seen = look_at_incoming(commons_.wallet->desk(), url, IncomingSource::kMonetization);
    return seen ? thanks(seen->booked > 0) : problem_page(request, seen.error());
  }

  Response receipt(const Request& request) const {
    const WalletConfig& wallet = commons_.config.wallet;
    if (commons_.wallet == nullptr || wallet.receipt_seed.empty()) {
      return Response::problem(404);
    }
    ReceiptSettings settings;
    settings.seed = wallet.receipt_seed;
    settings.scale = wallet.receipt_scale;
    settings.asset = commons_.config.money.rewards.asset;
    settings.site_percent = commons_.config.money.site_percent;
    const auto booked = book_receipt(commons_.database, commons_.clock(), settings,
                                     text_of(json::parse(request.body, nullptr, false), "receipt"));
    return booked ? thanks(true) : problem_page(request, booked.error());
  }

  /// Only a hint: what happened to a payment, its wallet is asked.
  Response webhook(const Request& request) const {
    const std::string& secret = commons_.config.wallet.webhook_secret;
    if (commons_.wallet == nullptr || secret.empty()) {
      return Response::problem(404);
    }
    const auto verified = verify_webhook(request.headers.get(kWebhookHeader), request.body, secret,
                                         commons_.clock() / kSecondMs);
    if (!verified) {
      return Response::problem(401, verified.error().message);
    }
    const json body = json::parse(request.body, nullptr, false);
    const std::string id =
        body.is_object() && body.contains("data") ? text_of(body.at("data"), "id") : "";
    if (id.empty()) {
      return Response::problem(422);
    }
    const auto hurried = commons_.database.transact([&](Transaction& tx) -> Result<void> {
      auto incoming = hurry_incoming(tx, id);
      return incoming ? hurry_transfer(tx, id) : incoming;
    });
    return hurried ? Response::empty() : problem_page(request, hurried.error());
  }

 private:
  static Response thanks(bool paid) {
    Response response = Response::json({{"thanks", paid}});
    if (paid) {
      response.set_cookie({.name = "thanks", .value = "1", .max_age = kThanksLast});
    }
    return response;
  }

  Commons& commons_;
};

}  // namespace

void add_wallet_machine_routes(Router& router, Services& services) {
  const WalletMachine machine(services);
  const auto anyone = Role::kAnonymous;
  for (const char* path : {"/jwks.json", "/.well-known/pay/jwks.json"}) {
    router.get(path, anyone, [machine](Request&) { return machine.keys(); });
  }
  router.get("/.well-known/pay", anyone,
             [machine](Request& request) { return machine.address(request); });
  router.get("/pay", anyone, [machine](Request&) { return machine.share(); });
  // Nobody gains by forging these: what they say is looked up at the site's own wallet, or proves
  // itself.
  router.post("/monetization/payments", anyone,
              [machine](Request& request) { return machine.paid(request); },
              {.body = BodyKind::kJson, .rate_limit = "monetization", .csrf = false});
  router.post("/monetization/receipts", anyone,
              [machine](Request& request) { return machine.receipt(request); },
              {.body = BodyKind::kJson, .rate_limit = "monetization", .csrf = false});
  router.post("/webhooks/wallet", anyone,
              [machine](Request& request) { return machine.webhook(request); },
              {.body = BodyKind::kRaw, .max_body_bytes = kMostWebhookBytes, .csrf = false});
}

}  // namespace everyface::web
