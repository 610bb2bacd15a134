// The moderators' desk.
#include "everyface/commons/moderation.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "everyface/base/text.h"
#include "everyface/commons/declaration.h"
#include "web/commons.h"
#include "web/pages/declaration_view.h"
#include "web/pages/support.h"

namespace everyface::web {
namespace {

constexpr std::pair<std::string_view, QueueFilter::Kind> kKinds[] = {
    {"all", QueueFilter::Kind::kAll},
    {"first", QueueFilter::Kind::kFirstRound},
    {"appeals", QueueFilter::Kind::kAppeals},
    {"escalated", QueueFilter::Kind::kEscalated}};
constexpr std::int64_t kCorrectionsShown = 50;

QueueFilter filter_of(const Request& request) {
  QueueFilter filter;
  for (const auto& [name, kind] : kKinds) {
    if (request.query.get("kind") == name) {
      filter.kind = kind;
    }
  }
  filter.with_signals = request.query.get("signals") == "yes";
  return filter;
}

View badge_views(const Request& request, const ReviewItem& item) {
  View badges = View::array();
  const auto add = [&](std::string_view key, std::string_view tone) {
    badges.push_back({{"name", words(request, key)}, {"tone", std::string(tone)}});
  };
  if (item.round > 1) {
    add("badge.appeal", "warn");
  }
  if (item.escalated) {
    add("badge.escalated", "bad");
  }
  if (item.signals.any()) {
    add("badge.signals", "");
  }
  return badges;
}

View signal_views(const Request& request, const Signals& signals) {
  View views = View::array();
  const auto add = [&](std::string text, const std::string& other = {}) {
    views.push_back({{"text", std::move(text)}, {"other", other}});
  };
  for (const DuplicateSignal& one : signals.duplicates) {
    const std::string owner =
        words(request, one.same_account ? "signal.same_account" : "signal.other_account");
    const std::string number = one.kind == "face" ? fmt::format("{:.2f}", 1 - one.distance)
                                                  : fmt::format("{:.0f}", one.distance);
    add(words(request, "signal.duplicate_" + one.kind, {{"owner", owner}, {"number", number}}),
        one.other);
  }
  if (signals.no_camera_data) {
    add(words(request, "signal.no_camera"));
  }
  if (signals.edited) {
    add(words(request, "signal.edited"));
  }
  if (signals.new_account) {
    add(words(request, "signal.new_account"));
  }
  if (signals.accounts_on_network > 0) {
    add(counted(request, "signal.network", signals.accounts_on_network));
  }
  return views;
}

View reason_views(const Request& request) {
  View views = View::array();
  for (const std::string& reason : rejection_reasons()) {
    views.push_back({{"code", reason}, {"name", words(request, "rejection." + reason)}});
  }
  return views;
}

class ModerationPages {
 public:
  explicit ModerationPages(Services& services) : app_(services.app), commons_(services.commons) {}

  Response queue(const Request& request) const {
    const Uuid moderator = account_of(request);
    const QueueFilter filter = filter_of(request);
    const auto counts = commons_.moderation.counts(moderator);
    const auto items = commons_.moderation.queue(moderator, filter);
    const auto corrections = waiting_corrections(commons_.database, kCorrectionsShown);
    for (const Error* error :
         {counts ? nullptr : &counts.error(), items ? nullptr : &items.error()}) {
      if (error != nullptr) {
        return problem_page(request, *error);
      }
    }
    if (!corrections) {
      return problem_page(request, corrections.error());
    }
    View views = View::array();
    for (const ReviewItem& item : *items) {
      views.push_back({{"code", item.code},
                       {"date", date_text(request, item.submitted_ms)},
                       {"badges", badge_views(request, item)}});
    }
    View kinds = View::array();
    for (const auto& [name, kind] : kKinds) {
      if (kind == QueueFilter::Kind::kEscalated && request.visitor.role < Role::kAdministrator) {
        continue;
      }
      kinds.push_back({{"value", std::string(name)},
                       {"name", words(request, "queue." + std::string(name))},
                       {"chosen", kind == filter.kind}});
    }
    return app_.page(request, "moderation",
                     {{"first_round", counts->first_round},
                      {"appeals", counts->appeals},
                      {"escalated", counts->escalated},
                      {"corrections", corrections->size()},
                      {"kinds", std::move(kinds)},
                      {"with_signals", filter.with_signals},
                      {"first_code", items->empty() ? View() : View(items->front().code)},
                      {"items", std::move(views)},
                      {"problem", nullptr},
                      {"done", done_text(request)}});
  }

  Response item(const Request& request, View problem = nullptr, int status = 200) const {
    const Uuid moderator = account_of(request);
    const auto item = commons_.moderation.item(moderator, request.parameter("code"));
    if (!item) {
      return problem_page(request, item.error());
    }
    const auto next = after(moderator, item->code);
    if (!next) {
      return problem_page(request, next.error());
    }
    View points = View::array();
    for (int number = 1; number <= 5; ++number) {
      points.push_back({{"number", number},
                        {"name", words(request, fmt::format("quality.{}", number))},
                        {"chosen", number == 3}});
    }
    const View signals = signal_views(request, item->signals);
    return app_.page(request, "moderation_item",
                     {{"code", item->code},
                      {"date", date_text(request, item->submitted_ms)},
                      {"width", item->width},
                      {"height", item->height},
                      {"face", box_view(item->face, item->width, item->height)},
                      {"appeal", item->appeal},
                      {"escalation", item->escalation},
                      {"escalated", item->escalated},
                      {"signals", signals.empty() ? View() : View({{"list", signals}})},
                      {"points", std::move(points)},
                      {"reasons", reason_views(request)},
                      {"most_words", kMaxWords},
                      {"next", *next},
                      {"problem", std::move(problem)},
                      {"done", done_text(request)}},
                     status);
  }

  Response image(const Request& request, PhotoSize size) const {
    auto jpeg = commons_.moderation.image(account_of(request), request.parameter("code"), size);
    return jpeg ? jpeg_response(std::move(*jpeg)) : problem_page(request, jpeg.error());
  }

  Response review(const Request& request) const {
    const Uuid moderator = account_of(request);
    const std::string code(request.parameter("code"));
    const auto verdict = parse_verdict(request.form.get("verdict"));
    if (!verdict) {
      return item(request, words(request, "problem.invalid_verdict"), 422);
    }
    const ReviewInput input = {
        .verdict = *verdict,
        .quality = parse_int(request.form.get("quality")).value_or(0),
        .reason = *verdict == Verdict::kReject ? std::string(request.form.get("reason")) : "",
        .words = std::string(trim(request.form.get("words")))};
    const auto next = after(moderator, code);
    if (const auto done = commons_.moderation.review(moderator, code, input); !done) {
      return done.error().code == "invalid_verdict"
                 ? item(request, explain(request, done.error()), 422)
                 : problem_page(request, done.error());
    }
    return redirect_done(next ? *next : "/moderation",
                         "verdict_" + std::string(verdict_name(*verdict)));
  }

  Response corrections(const Request& request, View problem = nullptr, int status = 200) const {
    const auto waiting = waiting_corrections(commons_.database, kCorrectionsShown);
    if (!waiting) {
      return problem_page(request, waiting.error());
    }
    View views = View::array();
    for (const StoredDeclaration& correction : *waiting) {
      const auto before = commons_.database.read(
          [&](Transaction& tx) { return active_declaration(tx, correction.account); });
      if (!before) {
        return problem_page(request, before.error());
      }
      if (*before) {
        views.push_back(correction_view(request, **before, correction));
      }
    }
    return app_.page(request, "corrections",
                     {{"none", views.empty()},
                      {"corrections", std::move(views)},
                      {"problem", std::move(problem)},
                      {"done", done_text(request)}},
                     status);
  }

  Response review_correction(const Request& request) const {
    const auto id = uuid_parameter(request, "correction");
    if (!id) {
      return Response::problem(404);
    }
    const bool accept = request.form.get("accept") == "yes";
    const auto done = everyface::review_correction(commons_.database, commons_.clock,
                                                   account_of(request), *id, accept);
    return done ? redirect_done("/moderation/corrections",
                                accept ? "correction_accepted" : "correction_refused")
                : corrections(request, explain(request, done.error()), status_of(done.error()));
  }

 private:
  /// The page of the item that comes after this one in the moderator's queue; the queue where there
  /// is none.
  Result<std::string> after(const Uuid& moderator, const std::string& code) const {
    const auto items = commons_.moderation.queue(moderator, {});
    if (!items) {
      return items.error();
    }
    const auto here = std::find_if(items->begin(), items->end(),
                                   [&](const ReviewItem& item) { return item.code == code; });
    const auto next = here == items->end() ? items->begin() : here + 1;
    return next == items->end() || next->code == code ? std::string("/moderation")
                                                      : "/moderation/" + next->code;
  }

  View correction_view(const Request& request, const StoredDeclaration& before,
                       const StoredDeclaration& correction) const {
    const auto old_facts = declaration_facts(request, commons_.choices, before.declaration);
    const auto new_facts = declaration_facts(request, commons_.choices, correction.declaration);
    View rows = View::array();
    for (std::size_t i = 0; i < old_facts.size(); ++i) {
      if (old_facts[i].second != new_facts[i].second) {
        rows.push_back({{"name", old_facts[i].first},
                        {"before", old_facts[i].second},
                        {"after", new_facts[i].second}});
      }
    }
    return {{"id", correction.id.text()},
            {"date", date_text(request, correction.submitted_ms)},
            {"rows", std::move(rows)}};
  }

  App& app_;
  Commons& commons_;
};

}  // namespace

void add_moderation_pages(Router& router, Services& services) {
  const ModerationPages pages(services);
  const auto moderator = Role::kModerator;
  router.get("/moderation", moderator, [pages](Request& request) { return pages.queue(request); });
  router.get("/moderation/corrections", moderator,
             [pages](Request& request) { return pages.corrections(request); });
  router.post("/moderation/corrections/{correction}", moderator,
              [pages](Request& request) { return pages.review_correction(request); });
  router.get("/moderation/{code}", moderator,
             [pages](Request& request) { return pages.item(request); });
  router.post("/moderation/{code}", moderator,
              [pages](Request& request) { return pages.review(request); });
  router.get("/moderation/{code}/image", moderator,
             [pages](Request& request) { return pages.image(request, PhotoSize::kFull); });
  router.get("/moderation/{code}/thumbnail", moderator,
             [pages](Request& request) { return pages.image(request, PhotoSize::kThumbnail); });
}

}  // namespace everyface::web
