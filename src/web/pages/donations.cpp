// Giving by bank transfer, and booking what the bank says came in.
#include "everyface/money/donations.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "everyface/base/text.h"
#include "everyface/payments/iban.h"
#include "everyface/payments/sepa_qr.h"
#include "web/commons.h"
#include "web/pages/photo_upload.h"
#include "web/pages/qr.h"
#include "web/pages/support.h"

namespace everyface::web {
namespace {

class DonationPages {
 public:
  explicit DonationPages(Services& services) : app_(services.app), commons_(services.commons) {}

  Response donate(const Request& request, View problem = nullptr, int status = 200) const {
    const bool by_bank = !commons_.config.payments.iban.empty();
    return app_.page(
        request, "donate",
        {{"contact", by_bank ? "" : commons_.config.site.contact},
         {"not_yet", !by_bank && commons_.config.site.contact.empty()},
         {"by_bank", by_bank ? View({{"percent", commons_.config.money.site_percent},
                                     {"asset", asset().code},
                                     {"amount", std::string(request.form.get("amount"))}})
                             : View()},
         {"problem", std::move(problem)}},
        status);
  }

  Response announce(const Request& request) const {
    if (commons_.config.payments.iban.empty()) {
      return Response::problem(404);
    }
    // "25,50" is what people type in half of Europe.
    std::string typed(trim(request.form.get("amount")));
    std::replace(typed.begin(), typed.end(), ',', '.');
    const auto amount = parse_amount(typed, asset());
    const auto donation =
        amount ? announce_donation(commons_.database, commons_.clock(), asset(), *amount)
               : Result<Donation>(Error{amount.error().message, "amount"});
    if (!donation) {
      return donate(request, explain(request, donation.error()), status_of(donation.error()));
    }
    return Response::redirect("/donate/" + donation->reference);
  }

  Response receipt(const Request& request) const {
    const PaymentsConfig& payments = commons_.config.payments;
    const auto donation = find_donation(commons_.database, request.parameter("reference"));
    if (!donation) {
      return problem_page(request, donation.error());
    }
    View received;
    if (donation->received_ms) {
      received = words(request, "donate.received",
                       {{"amount", money_text(request, donation->received, donation->asset)},
                        {"date", date_text(request, *donation->received_ms)}});
    }
    std::string code;
    if (const auto text = sepa_qr_text({payments.account_name, payments.iban, payments.bic,
                                        donation->announced, donation->reference})) {
      code = qr_svg(*text, words(request, "donate.qr"));
    }
    return app_.page(request, "donation",
                     {{"received", std::move(received)},
                      {"waiting", !donation->received_ms.has_value()},
                      {"qr", code},
                      {"holder", payments.account_name},
                      {"iban", spaced_iban(payments.iban)},
                      {"bic", payments.bic},
                      {"reference", spaced_iban(donation->reference)},
                      {"amount", money_text(request, donation->announced, donation->asset)}});
  }

  Response statements(const Request& request, View problem = nullptr, int status = 200) const {
    return app_.page(request, "statements",
                     {{"problem", std::move(problem)}, {"done", done_text(request)}}, status);
  }

  Response upload(const Request& request) const {
    if (request.uploads.empty()) {
      return statements(request, words(request, "problem.no_file"), 422);
    }
    auto text = request.uploads.front().content.read();
    if (!text) {
      return problem_page(request, text.error());
    }
    const auto lines = parse_bank_statement(*text);
    if (!lines) {
      return statements(
          request, words(request, "problem.statement", {{"reason", lines.error().message}}), 422);
    }
    const auto statement =
        upload_statement(commons_.database, commons_.clock(), account_of(request), *lines);
    return statement ? Response::redirect("/admin/money/statements/" + statement->text())
                     : problem_page(request, statement.error());
  }

  Response statement(const Request& request) const {
    const auto id = uuid_parameter(request, "statement");
    if (!id) {
      return Response::problem(404);
    }
    const auto statement = find_statement(commons_.database, *id);
    if (!statement) {
      return problem_page(request, statement.error());
    }
    View rows = View::array();
    int matched = 0;
    for (const StatementRow& row : statement->rows) {
      matched += row.fate == LineFate::kMatched ? 1 : 0;
      rows.push_back(
          {{"date", row.line.date},
           {"amount", money_text(request, row.line.amount, row.line.asset)},
           {"reference", row.line.reference},
           {"fate", words(request, "money.fate_" + std::string(line_fate_name(row.fate)))}});
    }
    return app_.page(
        request, "statement",
        {{"id", id->text()},
         {"rows", std::move(rows)},
         {"matched", matched},
         {"may_book", matched > 0 && !statement->booked_ms},
         {"nothing", matched == 0 && !statement->booked_ms},
         {"booked", statement->booked_ms
                        ? View(words(request, "money.booked",
                                     {{"date", date_text(request, *statement->booked_ms)}}))
                        : View()},
         {"problem", nullptr},
         {"done", done_text(request)}});
  }

  Response book(const Request& request) const {
    const auto id = uuid_parameter(request, "statement");
    if (!id) {
      return Response::problem(404);
    }
    const auto booked = book_statement(commons_.database, commons_.clock(), account_of(request),
                                       *id, commons_.config.money.site_percent);
    return booked ? redirect_done("/admin/money/statements/" + id->text(), "statement_booked")
                  : problem_page(request, booked.error());
  }

 private:
  [[nodiscard]] const everyface::Asset& asset() const {
    return commons_.config.money.rewards.asset;
  }

  App& app_;
  Commons& commons_;
};

}  // namespace

void add_donation_pages(Router& router, Services& services) {
  const DonationPages pages(services);
  const auto anyone = Role::kAnonymous;
  const auto administrator = Role::kAdministrator;
  router.get("/donate", anyone, [pages](Request& request) { return pages.donate(request); });
  router.post("/donate", anyone, [pages](Request& request) { return pages.announce(request); },
              {.body = BodyKind::kForm, .rate_limit = "donate"});
  router.get("/donate/{reference}", anyone,
             [pages](Request& request) { return pages.receipt(request); });
  router.get("/admin/money/statements", administrator,
             [pages](Request& request) { return pages.statements(request); });
  router.post(
      "/admin/money/statements", administrator,
      [pages](Request& request) { return pages.upload(request); },
      {.body = BodyKind::kMultipart, .max_body_bytes = kMostStatementBytes + kFormOverhead});
  router.get("/admin/money/statements/{statement}", administrator,
             [pages](Request& request) { return pages.statement(request); });
  router.post("/admin/money/statements/{statement}", administrator,
              [pages](Request& request) { return pages.book(request); });
}

}  // namespace everyface::web
