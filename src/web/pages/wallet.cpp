// A contributor's wallet, and where wallets send their owners back to.
#include <nlohmann/json.hpp>

#include "everyface/base/text.h"
#include "everyface/money/gifts.h"
#include "everyface/money/payouts.h"
#include "everyface/money/wallets.h"
#include "web/commons.h"
#include "web/pages/support.h"

namespace everyface::web {
namespace {

class WalletPages {
 public:
  explicit WalletPages(Services& services) : app_(services.app), commons_(services.commons) {}

  Response mine(const Request& request, View problem = nullptr, int status = 200) const {
    if (commons_.wallet == nullptr) {
      return Response::problem(404);
    }
    const auto wallet = wallet_of(commons_.database, account_of(request));
    if (!wallet) {
      return problem_page(request, wallet.error());
    }
    View known;
    if (*wallet) {
      known = {{"address", (*wallet)->address},
               {"asset", (*wallet)->asset.code},
               {"date", date_text(request, (*wallet)->verified_ms)},
               {"shown", (*wallet)->shown}};
    }
    return app_.page(request, "wallet",
                     {{"wallet", std::move(known)},
                      {"none", !wallet->has_value()},
                      {"may_show", commons_.config.wallet.contributors_percent > 0},
                      {"typed", std::string(request.form.get("wallet"))},
                      {"problem", std::move(problem)},
                      {"done", done_text(request)}},
                     status);
  }

  Response begin(const Request& request) const {
    if (commons_.wallet == nullptr) {
      return Response::problem(404);
    }
    const auto turn = commons_.wallet->desk().visitors.take();
    const auto asked = turn ? begin_wallet(commons_.wallet->desk(), account_of(request),
                                           trim(request.form.get("wallet")))
                            : Result<GrantAsked>(turn.error());
    return asked ? go_page(app_, request, asked->redirect)
                 : mine(request, explain(request, asked.error()), status_of_form(asked.error()));
  }

  Response show(const Request& request) const {
    const auto shown =
        show_wallet(commons_.database, account_of(request), request.form.get("shown") == "yes");
    return shown ? redirect_done("/my/wallet", "wallet_changed")
                 : problem_page(request, shown.error());
  }

  Response remove(const Request& request) const {
    const auto removed = remove_wallet(commons_.database, account_of(request), commons_.clock());
    return removed ? redirect_done("/my/wallet", "wallet_removed")
                   : problem_page(request, removed.error());
  }

  /// A wallet's owner is back, with an answer.
  Response back(const Request& request) const {
    const auto id = uuid_parameter(request, "grant");
    if (!id || commons_.wallet == nullptr) {
      return Response::problem(404);
    }
    const auto asked = commons_.database.read([&](Transaction& tx) { return find_grant(tx, *id); });
    if (!asked) {
      return problem_page(request, asked.error());
    }
    if (!may_answer(request, *asked)) {
      return Response::problem(403);
    }
    const auto turn = commons_.wallet->desk().visitors.take();
    if (!turn) {
      return problem_page(request, turn.error());
    }
    const std::string reference(request.query.get("interact_ref"));
    const bool agreed = !reference.empty();
    auto grant =
        agreed ? finish_grant(commons_.wallet->desk(), *id, reference, request.query.get("hash"))
               : refuse_grant(commons_.wallet->desk(), *id);
    if (!grant && grant.error().code == "grant_state") {
      // Loaded again: what follows was done, or is done now.
      grant = commons_.database.read([&](Transaction& tx) { return find_grant(tx, *id); });
    }
    if (!grant) {
      return problem_page(request, grant.error());
    }
    const bool given = grant->state == GrantState::kGiven;
    if (grant->purpose == kGiftPurpose) {
      return gift(request, *grant, given);
    }
    return grant->purpose == kOwnershipPurpose ? ownership(request, *grant, given) : payouts(given);
  }

 private:
  /// A donor has no account; the others come back in the session that sent them.
  static bool may_answer(const Request& request, const WalletGrant& grant) {
    if (grant.purpose == kGiftPurpose) {
      return true;
    }
    return grant.purpose == kOwnershipPurpose ? request.visitor.account == grant.subject.text()
                                              : request.visitor.role >= Role::kAdministrator;
  }

  Response gift(const Request& request, const WalletGrant& grant, bool given) const {
    WalletDesk& desk = commons_.wallet->desk();
    const auto done = given ? pay_gift(desk, grant.subject, commons_.wallet->settle())
                            : refuse_gift(commons_.database, grant.subject);
    const bool shown = done || done.error().code == "gift_state" ||
                       done.error().code == "gift_price" ||
                       done.error().code.starts_with("wallet_");
    return shown ? Response::redirect("/donate/wallet/" + grant.subject.text())
                 : problem_page(request, done.error());
  }

  Response ownership(const Request& request, const WalletGrant& grant, bool given) const {
    if (!given) {
      return redirect_done("/my/wallet", "wallet_refused");
    }
    const auto kept = keep_wallet(commons_.wallet->desk(), grant);
    return kept ? redirect_done("/my/wallet", "wallet_verified")
                : problem_page(request, kept.error());
  }

  static Response payouts(bool given) {
    return redirect_done("/admin/money/payouts", given ? "wallet_open" : "wallet_refused");
  }

  App& app_;
  Commons& commons_;
};

}  // namespace

void add_wallet_pages(Router& router, Services& services) {
  const WalletPages pages(services);
  const auto contributor = Role::kContributor;
  router.get("/my/wallet", contributor, [pages](Request& request) { return pages.mine(request); });
  router.post("/my/wallet", contributor, [pages](Request& request) { return pages.begin(request); },
              {.body = BodyKind::kForm, .rate_limit = "wallet"});
  router.post("/my/wallet/show", contributor,
              [pages](Request& request) { return pages.show(request); });
  router.post("/my/wallet/remove", contributor,
              [pages](Request& request) { return pages.remove(request); });
  // Also for donors, who have no account. What comes back proves itself by its hash.
  router.get("/wallet/return/{grant}", Role::kAnonymous,
             [pages](Request& request) { return pages.back(request); }, {.rate_limit = "wallet"});
}

}  // namespace everyface::web
