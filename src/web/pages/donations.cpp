// Giving, by whichever rails are open, and booking what the bank says came in.
#include "everyface/money/donations.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "everyface/base/text.h"
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
    View rails = View::array();
    for (const std::unique_ptr<Rail>& rail : commons_.rails) {
      if (!rail->fields().empty()) {
        rails.push_back(rail_view(request, *rail));
      }
    }
    const bool none = rails.empty();
    return app_.page(
        request, "donate",
        {{"contact", none ? commons_.config.site.contact : ""},
         {"not_yet", none && commons_.config.site.contact.empty()},
         {"share", none ? View() : View({{"percent", commons_.config.money.site_percent}})},
         {"streams", streams(request)},
         {"rails", std::move(rails)},
         {"problem", std::move(problem)}},
        status);
  }

  Response begin(const Request& request) const {
    Rail* const rail = rail_of(request);
    if (rail == nullptr) {
      return Response::problem(404);
    }
    // "25,50" is what people type in half of Europe.
    std::string typed(trim(request.form.get("amount")));
    std::replace(typed.begin(), typed.end(), ',', '.');
    const auto amount = parse_amount(typed, asset());
    RailAnswers answers;
    for (const RailField& field : rail->fields()) {
      answers[field.name] = trim(request.form.get(field.name));
    }
    const auto donation = amount && *amount > 0 ? rail->begin(*amount, answers)
                                                : Result<std::string>(Error{"no amount", "amount"});
    if (!donation) {
      return donate(request, explain(request, donation.error()), status_of_form(donation.error()));
    }
    return Response::redirect("/donate/" + std::string(rail->name()) + "/" + *donation);
  }

  Response receipt(const Request& request, View problem = nullptr, int status = 200) const {
    Rail* const rail = rail_of(request);
    if (rail == nullptr) {
      return Response::problem(404);
    }
    const auto receipt = rail->receipt(request.parameter("donation"));
    if (!receipt) {
      return problem_page(request, receipt.error());
    }
    View facts = View::array();
    for (const auto& [name, value] : receipt->facts) {
      facts.push_back(fact_view(request, name, value));
    }
    View actions = View::array();
    for (const std::string& action : receipt->actions) {
      actions.push_back({{"name", action}, {"label", words(request, "donate.do_" + action)}});
    }
    if (problem.is_null() && !receipt->problem.empty()) {
      problem = explain(request, {receipt->problem, receipt->problem});
    }
    const std::string path =
        "/donate/" + std::string(rail->name()) + "/" + std::string(request.parameter("donation"));
    Response response = app_.page(
        request, "donation",
        {{"title", words(request, "donate.receipt_" + std::string(rail->name()))},
         {"state", words(request, "donate.state_" + receipt->state)},
         {"tone", receipt->good  ? "good"
                  : receipt->bad ? "bad"
                                 : ""},
         {"qr", receipt->qr.empty() ? "" : qr_svg(receipt->qr, words(request, "donate.qr"))},
         {"facts", std::move(facts)},
         {"path", path},
         {"actions", std::move(actions)},
         {"problem", std::move(problem)}},
        status);
    if (receipt->waiting) {
      response.set_header("Refresh", "3");
    }
    return response;
  }

  Response act(const Request& request) const {
    Rail* const rail = rail_of(request);
    if (rail == nullptr) {
      return Response::problem(404);
    }
    const auto next = rail->act(request.parameter("donation"), request.parameter("action"));
    if (!next) {
      return next.error().code == "not_found"
                 ? problem_page(request, next.error())
                 : receipt(request, explain(request, next.error()), status_of_form(next.error()));
    }
    return next->empty() ? Response::redirect("/donate/" + std::string(rail->name()) + "/" +
                                              std::string(request.parameter("donation")))
                         : go_page(app_, request, *next);
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

  [[nodiscard]] Rail* rail_of(const Request& request) const {
    const auto found = std::find_if(commons_.rails.begin(), commons_.rails.end(),
                                    [&](const std::unique_ptr<Rail>& rail) {
                                      return rail->name() == request.parameter("rail");
                                    });
    return found == commons_.rails.end() ? nullptr : found->get();
  }

  View rail_view(const Request& request, const Rail& rail) const {
    const std::string name(rail.name());
    View fields = View::array();
    for (const RailField& field : rail.fields()) {
      View& view = fields.emplace_back(View::object());
      const bool asked = request.parameter("rail") == rail.name();
      view["id"] = name + "-" + field.name;
      view["name"] = field.name;
      view["label"] = words(request, "donate.field_" + field.name, {{"asset", asset().code}});
      view["value"] = asked ? std::string(request.form.get(field.name)) : std::string();
      view["amount"] = field.kind == RailField::Kind::kAmount;
      view["address"] = field.kind == RailField::Kind::kAddress;
      view["months"] = field.kind == RailField::Kind::kMonths;
    }
    return {{"name", name},
            {"title", words(request, "donate.by_" + name)},
            {"text", words(request, "donate.text_" + name)},
            {"go", words(request, "donate.go_" + name)},
            {"fields", std::move(fields)}};
  }

  static View fact_view(const Request& request, const std::string& name, const RailValue& value) {
    const auto* money = std::get_if<RailMoney>(&value);
    const auto* time = std::get_if<RailTime>(&value);
    const auto* code = std::get_if<RailCode>(&value);
    return {{"label", words(request, "donate.fact_" + name)},
            {"value", money != nullptr  ? money_text(request, money->minor, money->asset)
                      : time != nullptr ? date_text(request, time->at_ms)
                      : code != nullptr ? code->text
                                        : std::get<std::string>(value)},
            {"code", code != nullptr}};
  }

  [[nodiscard]] View streams(const Request& request) const {
    const bool on = commons_.wallet != nullptr && commons_.config.wallet.monetization != "off";
    return on ? View(words(request, "donate.streams")) : View();
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
  router.post("/donate/{rail}", anyone, [pages](Request& request) { return pages.begin(request); },
              {.body = BodyKind::kForm, .rate_limit = "donate"});
  router.get("/donate/{rail}/{donation}", anyone,
             [pages](Request& request) { return pages.receipt(request); });
  router.post("/donate/{rail}/{donation}/{action}", anyone,
              [pages](Request& request) { return pages.act(request); },
              {.body = BodyKind::kForm, .rate_limit = "donate"});
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
