// What administrators do: releases, test photos for moderators, roles, the log.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "everyface/base/text.h"
#include "everyface/commons/audit_log.h"
#include "everyface/commons/moderation.h"
#include "web/commons.h"
#include "web/pages/photo_upload.h"
#include "web/pages/support.h"

namespace everyface::web {
namespace {

constexpr std::int64_t kLogShown = 50;
constexpr std::int64_t kAccountsShown = 200;
constexpr std::size_t kMostNotes = 4000;
constexpr AccountRole kRoles[] = {AccountRole::contributor, AccountRole::moderator,
                                  AccountRole::administrator};

std::string alpha_text(const Agreement& agreement) {
  return agreement.alpha ? fmt::format("{:.2f}", *agreement.alpha) : "–";
}

class AdminPages {
 public:
  explicit AdminPages(Services& services) : app_(services.app), commons_(services.commons) {}

  Response show(const Request& request, View problem = nullptr, int status = 200) const {
    View view = {{"problem", std::move(problem)}, {"done", done_text(request)}};
    if (auto failed = commons_.cutting_problem(); failed && view["problem"].is_null()) {
      view["problem"] = explain(request, *failed);
    }
    for (const auto part : {&AdminPages::add_preview, &AdminPages::add_accounts,
                            &AdminPages::add_agreement, &AdminPages::add_log}) {
      if (auto added = (this->*part)(request, view); !added) {
        return problem_page(request, added.error());
      }
    }
    View reasons = View::array();
    for (const std::string& reason : rejection_reasons()) {
      reasons.push_back({{"code", reason}, {"name", words(request, "rejection." + reason)}});
    }
    view["reasons"] = std::move(reasons);
    return app_.page(request, "admin", view, status);
  }

  Response cut(const Request& request) const {
    const std::string notes(trim(request.form.get("notes")));
    if (notes.size() > kMostNotes) {
      return show(request, words(request, "problem.notes_long"), 422);
    }
    const auto started = commons_.start_cutting(account_of(request), notes);
    return started ? redirect_done("/admin", "cutting")
                   : show(request, explain(request, started.error()), status_of(started.error()));
  }

  Response add_gold(const Request& request) const {
    if (request.uploads.empty()) {
      return show(request, words(request, "problem.no_file"), 422);
    }
    auto bytes = request.uploads.front().content.read();
    if (!bytes) {
      return problem_page(request, bytes.error());
    }
    const std::string reason(request.form.get("reason"));
    const ReviewInput right = {.verdict = reason.empty() ? Verdict::kApprove : Verdict::kReject,
                               .quality = reason.empty() ? 3 : 0,
                               .reason = reason,
                               .words = ""};
    auto prepared = commons_.intake->prepare_any(*bytes);
    if (!prepared) {
      return show(request, words(request, "upload." + prepared.error().code), 422);
    }
    const auto added = commons_.moderation.add_gold(account_of(request), *prepared, right);
    return added ? redirect_done("/admin", "gold_added")
                 : show(request, explain(request, added.error()), status_of(added.error()));
  }

  Response set_role(const Request& request) const {
    const auto role = role_of_name(request.form.get("role"));
    const auto account = commons_.database.read([&](Transaction& tx) {
      return find_account_by_email(tx, lower_case(trim(request.form.get("email"))));
    });
    if (!account) {
      return problem_page(request, account.error());
    }
    if (!role || !*account) {
      return show(request, words(request, "problem.unknown_account"), 422);
    }
    const auto set = commons_.accounts.set_role(account_of(request), (*account)->id, *role);
    return set ? redirect_done("/admin", "role_set")
               : show(request, explain(request, set.error()), status_of(set.error()));
  }

 private:
  Result<void> add_preview(const Request& /*request*/, View& view) const {
    const auto preview = commons_.releases.preview();
    if (!preview) {
      return preview.error();
    }
    view["preview"] = {{"version", preview->version.text()},
                       {"photos", preview->photos},
                       {"people", preview->people},
                       {"added", preview->added},
                       {"removed", preview->removed},
                       {"cutting", preview->cutting || commons_.is_cutting()}};
    return {};
  }

  Result<void> add_accounts(const Request& request, View& view) const {
    const auto accounts = list_accounts(commons_.database, {.limit = kAccountsShown});
    if (!accounts) {
      return accounts.error();
    }
    View views = View::array();
    for (const Account& account : *accounts) {
      views.push_back({{"email", account.email},
                       {"role", words(request, "role." + std::string(role_name(account.role)))},
                       {"factor", words(request, account.second_factor ? "admin.on" : "admin.off")},
                       {"since", date_text(request, account.created_ms)}});
    }
    view["accounts"] = std::move(views);
    View roles = View::array();
    for (const AccountRole role : kRoles) {
      const std::string name(role_name(role));
      roles.push_back({{"value", name}, {"name", words(request, "role." + name)}});
    }
    view["roles"] = std::move(roles);
    return {};
  }

  Result<void> add_agreement(const Request& request, View& view) const {
    const auto statistics = commons_.moderation.statistics(account_of(request));
    if (!statistics) {
      return statistics.error();
    }
    view["alpha"] = alpha_text(statistics->agreement);
    view["units"] = statistics->agreement.units;
    View moderators = View::array();
    for (const auto& [id, one] : statistics->moderators) {
      const auto account =
          commons_.database.read([&](Transaction& tx) { return find_account(tx, id); });
      if (!account) {
        return account.error();
      }
      moderators.push_back(
          {{"name", *account && !(*account)->email.empty() ? (*account)->email
                                                           : words(request, "admin.left")},
           {"approved", one.approved},
           {"rejected", one.rejected},
           {"escalated", one.escalated},
           {"alpha", alpha_text(one.agreement)},
           {"gold_right", one.gold_right},
           {"gold_answered", one.gold_answered}});
    }
    view["moderators"] = std::move(moderators);
    return {};
  }

  Result<void> add_log(const Request& request, View& view) const {
    const auto entries = audit::list_before(commons_.database, std::nullopt, "", kLogShown);
    if (!entries) {
      return entries.error();
    }
    View views = View::array();
    for (const audit::Recorded& entry : *entries) {
      views.push_back({{"position", entry.position},
                       {"at", date_text(request, entry.at_ms, true)},
                       {"action", entry.action},
                       {"subject", entry.subject}});
    }
    view["log"] = std::move(views);
    return {};
  }

  App& app_;
  Commons& commons_;
};

}  // namespace

void add_admin_pages(Router& router, Services& services) {
  const AdminPages pages(services);
  const auto administrator = Role::kAdministrator;
  router.get("/admin", administrator, [pages](Request& request) { return pages.show(request); });
  router.post("/admin/releases", administrator,
              [pages](Request& request) { return pages.cut(request); });
  router.post("/admin/role", administrator,
              [pages](Request& request) { return pages.set_role(request); });
  router.post("/admin/gold", administrator,
              [pages](Request& request) { return pages.add_gold(request); },
              {.body = BodyKind::kMultipart,
               .max_body_bytes = services.config.limits.photo_bytes + kFormOverhead,
               .rate_limit = "upload"});
}

}  // namespace everyface::web
