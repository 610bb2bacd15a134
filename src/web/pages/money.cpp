// Where the money goes: for everyone, for a contributor, for administrators.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "everyface/base/text.h"
#include "everyface/money/ledger.h"
#include "everyface/money/rewards.h"
#include "everyface/money/transparency.h"
#include "web/commons.h"
#include "web/pages/declaration_view.h"
#include "web/pages/support.h"

namespace everyface::web {
namespace {

constexpr double kHundred = 100;

std::string period_text(const MoneyPeriod& period) {
  return period.from == period.to ? period.from : period.from + " – " + period.to;
}

class MoneyPages {
 public:
  explicit MoneyPages(Services& services) : app_(services.app), commons_(services.commons) {}

  Response transparency(const Request& request) const {
    const auto periods = commons_.published_money();
    if (!periods) {
      return problem_page(request, periods.error());
    }
    const auto rewards = list_release_rewards(commons_.database);
    if (!rewards) {
      return problem_page(request, rewards.error());
    }
    View rows = View::array();
    for (const MoneyPeriod& period : *periods) {
      const auto amount = [&](std::int64_t minor) {
        return money_text(request, minor, period.asset);
      };
      rows.push_back({{"name", period_text(period)},
                      {"in", amount(period.monetization + period.open_payments + period.bank)},
                      {"rewards", amount(period.rewards)},
                      {"paid", amount(period.paid_out)},
                      {"spent", amount(period.fees + period.costs)},
                      {"held", amount(period.held)},
                      {"owed", amount(period.owed)}});
    }
    const RewardRules& rules = commons_.config.money.rewards.rules;
    const std::string most = fmt::format("{:g}", rules.most_multiplier);
    return app_.page(request, "transparency",
                     {{"none", periods->empty()},
                      {"periods", periods->empty() ? View() : View({{"rows", std::move(rows)}})},
                      {"smallest", commons_.releases.settings().smallest_count},
                      {"rates", rewards->empty() ? View() : rates_view(request, rewards->front())},
                      {"rates_text", words(request, "transparency.rates_text", {{"most", most}})},
                      {"formula", words(request, "transparency.formula",
                                        {{"most", most},
                                         {"cap", fmt::format("{:g}", kHundred * rules.most_share)},
                                         {"quality", std::to_string(rules.least_quality)}})}});
  }

  Response csv(const Request& request) const {
    const auto periods = commons_.published_money();
    if (!periods) {
      return problem_page(request, periods.error());
    }
    Response response;
    response.set_header("Content-Type", "text/csv; charset=utf-8");
    response.body() = money_csv(*periods);
    return response;
  }

  Response mine(const Request& request) const {
    const Uuid account = account_of(request);
    const auto rewards = rewards_of(commons_.database, account);
    if (!rewards) {
      return problem_page(request, rewards.error());
    }
    const auto balances =
        commons_.database.read([&](Transaction& tx) { return ledger::balances_of(tx, account); });
    if (!balances) {
      return problem_page(request, balances.error());
    }
    View rows = View::array();
    for (const Reward& reward : *rewards) {
      rows.push_back({{"release", words(request, "rewards.release", {{"release", reward.release}})},
                      {"amount", money_text(request, reward.amount, reward.asset)},
                      {"date", date_text(request, reward.at_ms)},
                      {"photos", reward.photos},
                      {"band", words(request, "band." + reward.band)},
                      {"pending", reward.pending}});
    }
    const everyface::Asset& asset = commons_.config.money.rewards.asset;
    const auto total = [&](std::initializer_list<ledger::AccountKind> kinds) {
      std::int64_t sum = 0;
      for (const ledger::AccountKind kind : kinds) {
        const auto found = balances->find({kind, account, asset});
        sum -= found == balances->end() ? 0 : found->second;
      }
      return money_text(request, sum, asset);
    };
    using ledger::AccountKind;
    return app_.page(request, "rewards",
                     {{"none", rewards->empty()},
                      {"by_wallet", commons_.wallet != nullptr},
                      {"pending", total({AccountKind::kPending})},
                      {"vested", total({AccountKind::kVested, AccountKind::kTransit})},
                      {"paid", total({AccountKind::kPaid})},
                      {"rewards", std::move(rows)}});
  }

  Response administration(const Request& request, View problem = nullptr, int status = 200) const {
    const auto rewards = list_release_rewards(commons_.database);
    if (!rewards) {
      return problem_page(request, rewards.error());
    }
    const auto alarms = list_alarms(commons_.database);
    if (!alarms) {
      return problem_page(request, alarms.error());
    }
    View releases = View::array();
    for (const ReleaseReward& reward : *rewards) {
      releases.push_back({{"release", reward.release},
                          {"offered", money_text(request, reward.offered, reward.asset)},
                          {"given", money_text(request, reward.given, reward.asset)},
                          {"people", reward.people},
                          {"state", words(request, reward.held ? "money.held" : "money.vested")}});
    }
    View list = View::array();
    for (const ShareAlarm& alarm : *alarms) {
      list.push_back(alarm_view(request, alarm));
    }
    return app_.page(request, "admin_money",
                     {{"books", books_view(request)},
                      {"by_wallet", commons_.wallet != nullptr},
                      {"no_releases", releases.empty()},
                      {"releases", releases.empty() ? View() : View({{"rows", releases}})},
                      {"no_alarms", list.empty()},
                      {"alarms", std::move(list)},
                      {"problem", std::move(problem)},
                      {"done", done_text(request)}},
                     status);
  }

  Response decide(const Request& request) const {
    const auto alarm = uuid_parameter(request, "alarm");
    if (!alarm) {
      return Response::problem(404);
    }
    const auto decided =
        decide_alarm(commons_.database, commons_.clock(), commons_.reward_settings(),
                     account_of(request), *alarm, std::string(request.form.get("outcome")),
                     std::string(trim(request.form.get("note"))));
    if (decided) {
      return redirect_done("/admin/money", "alarm_decided");
    }
    return decided.error().code == "not_found"
               ? problem_page(request, decided.error())
               : administration(request, explain(request, decided.error()),
                                status_of(decided.error()));
  }

 private:
  View rates_view(const Request& request, const ReleaseReward& reward) const {
    View rows = View::array();
    for (const Choice& group : commons_.choices.groups) {
      if (const auto found = reward.weights.find(group.code); found != reward.weights.end()) {
        rows.push_back(
            {{"name", group.label(request.language)},
             {"band", words(request, "band." + std::string(weight_band(found->second)))}});
      }
    }
    return {{"title", words(request, "transparency.rates_of", {{"release", reward.release}})},
            {"rows", std::move(rows)}};
  }

  View books_view(const Request& request) const {
    const auto verified = ledger::verify(commons_.database);
    if (!verified) {
      return {{"good", nullptr},
              {"bad", words(request, "money.books_bad", {{"problem", verified.error().message}})},
              {"rows", View::array()}};
    }
    View rows = View::array();
    for (const auto& [asset, sums] : verified->sums) {
      for (const auto& [kind, sum] : sums) {
        rows.push_back({{"name", std::string(ledger::account_kind_name(kind))},
                        {"balance", money_text(request, sum, asset)}});
      }
    }
    return {{"good", words(request, "money.books_good",
                           {{"postings", std::to_string(verified->head.position)}})},
            {"bad", nullptr},
            {"note",
             words(request, "money.note",
                   {{"head", fmt::format("{}:{}", verified->head.position, verified->head.hash)}})},
            {"rows", std::move(rows)}};
  }

  View alarm_view(const Request& request, const ShareAlarm& alarm) const {
    const auto of = [&](std::int64_t group, std::int64_t people) {
      return words(request, "money.of",
                   {{"group", std::to_string(group)}, {"people", std::to_string(people)}});
    };
    const ShareEvidence& evidence = alarm.evidence;
    return {{"id", alarm.id.text()},
            {"group", label_of(request, commons_.choices.groups, alarm.group)},
            {"before", of(evidence.before_group, evidence.before)},
            {"since", of(evidence.since_group, evidence.since)},
            {"evidence", fmt::format("{:.0f}", evidence.most)},
            {"raised", date_text(request, alarm.raised_ms, true)},
            {"open", alarm.outcome == "open"},
            {"outcome", words(request, "money." + alarm.outcome)},
            {"note", alarm.note}};
  }

  App& app_;
  Commons& commons_;
};

}  // namespace

void add_money_pages(Router& router, Services& services) {
  const MoneyPages pages(services);
  const auto anyone = Role::kAnonymous;
  router.get("/transparency", anyone,
             [pages](Request& request) { return pages.transparency(request); });
  router.get("/transparency.csv", anyone, [pages](Request& request) { return pages.csv(request); });
  router.get("/my/rewards", Role::kContributor,
             [pages](Request& request) { return pages.mine(request); });
  router.get("/admin/money", Role::kAdministrator,
             [pages](Request& request) { return pages.administration(request); });
  router.post("/admin/money/alarms/{alarm}", Role::kAdministrator,
              [pages](Request& request) { return pages.decide(request); });
}

}  // namespace everyface::web
