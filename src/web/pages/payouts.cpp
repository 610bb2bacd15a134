// Administrators: the site's wallet, batches of payouts, and what waits for a person.
#include "everyface/money/payouts.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "everyface/base/text.h"
#include "everyface/money/reconciliation.h"
#include "web/commons.h"
#include "web/pages/support.h"

namespace everyface::web {
namespace {

constexpr std::int64_t kOpenMonths = 12;

class PayoutPages {
 public:
  explicit PayoutPages(Services& services) : app_(services.app), commons_(services.commons) {}

  Response list(const Request& request, View problem = nullptr, int status = 200) const {
    if (commons_.wallet == nullptr) {
      return Response::problem(404);
    }
    const auto open = wallet_is_open(commons_.database);
    if (!open) {
      return problem_page(request, open.error());
    }
    const auto batches = list_batches(commons_.database);
    if (!batches) {
      return problem_page(request, batches.error());
    }
    View rows = View::array();
    for (const PayoutBatch& batch : *batches) {
      rows.push_back({{"id", batch.id.text()},
                      {"date", date_text(request, batch.proposed_ms, true)},
                      {"state", words(request, "payouts.batch_" + batch.state)}});
    }
    return app_.page(request, "payouts",
                     {{"open", *open},
                      {"closed", !*open},
                      {"address", commons_.config.wallet.address},
                      {"asset", commons_.config.money.rewards.asset.code},
                      {"none", rows.empty()},
                      {"batches", rows.empty() ? View() : View({{"rows", std::move(rows)}})},
                      {"problem", std::move(problem)},
                      {"done", done_text(request)}},
                     status);
  }

  Response open(const Request& request) const {
    if (commons_.wallet == nullptr) {
      return Response::problem(404);
    }
    const Uuid administrator = account_of(request);
    const auto limit =
        parse_amount(trim(request.form.get("limit")), commons_.config.money.rewards.asset);
    auto checked = code_of(request);
    const auto url = !checked ? Result<std::string>(checked.error())
                     : !limit
                         ? Result<std::string>(Error{limit.error().message, "amount"})
                         : open_wallet(commons_.wallet->desk(), administrator, *limit, kOpenMonths);
    return url ? go_page(app_, request, *url) : failed_list(request, url.error());
  }

  Response close(const Request& request) const {
    if (commons_.wallet == nullptr) {
      return Response::problem(404);
    }
    const auto closed = close_wallet(commons_.wallet->desk(), account_of(request));
    return closed ? redirect_done("/admin/money/payouts", "wallet_closed")
                  : failed_list(request, closed.error());
  }

  Response reconciliation(const Request& request, View problem = nullptr, int status = 200) const {
    if (commons_.wallet == nullptr) {
      return Response::problem(404);
    }
    const auto found = reconcile(commons_.wallet->desk());
    if (!found) {
      return problem_page(request, found.error());
    }
    View rows = View::array();
    for (const Transfer& transfer : found->open) {
      rows.push_back(
          {{"payer", transfer.payer},
           {"amount", money_text(request, transfer.debit, transfer.asset)},
           {"state",
            words(request, "payouts.transfer_" + std::string(transfer_state_name(transfer.state)))},
           {"problem", transfer.problem}});
    }
    const auto money = [&](std::int64_t minor) {
      return money_text(request, minor, commons_.config.money.rewards.asset);
    };
    return app_.page(request, "reconciliation",
                     {{"held", money(found->held)},
                      {"in", money(found->in)},
                      {"out", money(found->out)},
                      {"on_way", money(found->on_way)},
                      {"other", money(found->other)},
                      {"none", rows.empty()},
                      {"open", rows.empty() ? View() : View({{"rows", std::move(rows)}})},
                      {"problem", std::move(problem)},
                      {"done", done_text(request)}},
                     status);
  }

  Response compare(const Request& request) const {
    if (commons_.wallet == nullptr) {
      return Response::problem(404);
    }
    const auto missing = book_missing(commons_.wallet->desk());
    if (!missing) {
      return reconciliation(request, explain(request, missing.error()),
                            status_of_form(missing.error()));
    }
    return redirect_done("/admin/money/reconciliation",
                         missing->empty() ? "wallet_agrees" : "wallet_booked");
  }

  Response propose(const Request& request) const {
    if (commons_.wallet == nullptr) {
      return Response::problem(404);
    }
    const auto checked = code_of(request);
    const auto batch =
        checked ? propose_batch(commons_.database, commons_.clock(), account_of(request),
                                commons_.config.money.rewards.asset, commons_.config.wallet.payouts)
                : Result<Uuid>(checked.error());
    return batch ? Response::redirect("/admin/money/payouts/" + batch->text())
                 : failed_list(request, batch.error());
  }

  Response batch(const Request& request, View problem = nullptr, int status = 200) const {
    const auto id = uuid_parameter(request, "batch");
    if (!id) {
      return Response::problem(404);
    }
    const auto batch = find_batch(commons_.database, *id);
    if (!batch) {
      return problem_page(request, batch.error());
    }
    View rows = View::array();
    std::int64_t total = 0;
    for (const Payout& payout : batch->payouts) {
      total += payout.amount + payout.paid;
      rows.push_back(payout_view(request, payout, batch->asset));
    }
    const bool proposed = batch->state == "proposed";
    const bool own = batch->proposed_by == account_of(request);
    return app_.page(request, "payout_batch",
                     {{"id", id->text()},
                      {"state", words(request, "payouts.batch_" + batch->state)},
                      {"date", date_text(request, batch->proposed_ms, true)},
                      {"total", money_text(request, total, batch->asset)},
                      {"may_approve", proposed && !own},
                      {"waits", proposed && own},
                      {"may_cancel", proposed},
                      {"rows", std::move(rows)},
                      {"problem", std::move(problem)},
                      {"done", done_text(request)}},
                     status);
  }

  Response decide_batch(const Request& request) const {
    const auto id = uuid_parameter(request, "batch");
    if (!id) {
      return Response::problem(404);
    }
    const Uuid administrator = account_of(request);
    const bool approve = request.form.get("decision") == "approve";
    Result<void> decided;
    if (approve) {
      decided = code_of(request);
      if (decided) {
        decided = approve_batch(commons_.database, commons_.clock(), administrator, *id);
      }
    } else {
      decided = cancel_batch(commons_.database, commons_.clock(), administrator, *id);
    }
    if (!decided) {
      return decided.error().code == "not_found"
                 ? problem_page(request, decided.error())
                 : batch(request, explain(request, decided.error()), status_of(decided.error()));
    }
    return redirect_done("/admin/money/payouts/" + id->text(),
                         approve ? "batch_approved" : "batch_cancelled");
  }

  Response decide_one(const Request& request) const {
    const auto batch = uuid_parameter(request, "batch");
    const auto payout = uuid_parameter(request, "payout");
    if (!batch || !payout) {
      return Response::problem(404);
    }
    const auto decided = decide_payout(commons_.database, commons_.clock(), account_of(request),
                                       *payout, request.form.get("decision") == "again");
    return decided ? redirect_done("/admin/money/payouts/" + batch->text(), "payout_decided")
                   : problem_page(request, decided.error());
  }

 private:
  Response failed_list(const Request& request, const Error& error) const {
    return list(request, explain(request, error), status_of_form(error));
  }

  [[nodiscard]] Result<void> code_of(const Request& request) const {
    return commons_.second_factor.check(account_of(request), trim(request.form.get("code")));
  }

  static View payout_view(const Request& request, const Payout& payout,
                          const everyface::Asset& asset) {
    return {{"id", payout.id.text()},
            {"batch", std::string(request.parameter("batch"))},
            {"account", payout.account.text()},
            {"wallet", payout.wallet},
            {"amount", money_text(request, payout.amount + payout.paid, asset)},
            {"paid", money_text(request, payout.paid, asset)},
            {"receives", payout.receive_text},
            {"state", words(request, "payouts.state_" + payout.state)},
            {"held", payout.state == "held"},
            {"why", payout.problem.empty() ? View() : View(payout.problem)}};
  }

  App& app_;
  Commons& commons_;
};

}  // namespace

void add_payout_pages(Router& router, Services& services) {
  const PayoutPages pages(services);
  const auto administrator = Role::kAdministrator;
  router.get("/admin/money/payouts", administrator,
             [pages](Request& request) { return pages.list(request); });
  router.post("/admin/money/payouts", administrator,
              [pages](Request& request) { return pages.propose(request); });
  router.post("/admin/money/wallet", administrator,
              [pages](Request& request) { return pages.open(request); },
              {.body = BodyKind::kForm, .rate_limit = "wallet"});
  router.post("/admin/money/wallet/close", administrator,
              [pages](Request& request) { return pages.close(request); });
  router.get("/admin/money/reconciliation", administrator,
             [pages](Request& request) { return pages.reconciliation(request); });
  router.post("/admin/money/reconciliation", administrator,
              [pages](Request& request) { return pages.compare(request); },
              {.body = BodyKind::kForm, .rate_limit = "wallet"});
  router.get("/admin/money/payouts/{batch}", administrator,
             [pages](Request& request) { return pages.batch(request); });
  router.post("/admin/money/payouts/{batch}", administrator,
              [pages](Request& request) { return pages.decide_batch(request); });
  router.post("/admin/money/payouts/{batch}/{payout}", administrator,
              [pages](Request& request) { return pages.decide_one(request); });
}

}  // namespace everyface::web
