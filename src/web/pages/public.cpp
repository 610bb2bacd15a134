// Pages that say what this is.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "everyface/commons/statistics.h"
#include "web/commons.h"
#include "web/pages/declaration_view.h"
#include "web/pages/identify.h"
#include "web/pages/support.h"

namespace everyface::web {
namespace {

/// What docs/findings.md reports of UTKFace at -6 EV (section 1): per cent of faces that YuNet
/// finds without enhancement, and after a blur and a gain.
struct Finding {
  std::string_view group;  ///< text "group.<name>"
  double before;
  double after;
};
constexpr Finding kFindings[] = {
    {"white", 90.7, 99.8}, {"asian", 92.4, 99.9}, {"indian", 85.6, 99.8}, {"black", 74.0, 99.4}};

std::string percent_text(const Request& request, double percent) {
  std::string text = fmt::format("{:.1f}", percent);
  if (request.language == "de") {
    std::replace(text.begin(), text.end(), '.', ',');
  }
  return text;
}

View finding_bars(const Request& request, std::string_view title, double Finding::*rate) {
  View rows = View::array();
  for (const Finding& finding : kFindings) {
    View& row = rows.emplace_back(View::object());
    row["name"] = words(request, "group." + std::string(finding.group));
    row["share"] = finding.*rate;
    row["value"] = percent_text(request, finding.*rate) + "\u00a0%";
    row["tone"] = nullptr;
  }
  View bars;
  bars["title"] = words(request, title);
  bars["rows"] = std::move(rows);
  return bars;
}

class PublicPages {
 public:
  explicit PublicPages(Services& services) : app_(services.app), commons_(services.commons) {}

  Response home(Request& request) const {
    const auto statistics = commons_.statistics.current();
    if (!statistics) {
      return problem_page(request, statistics.error());
    }
    // What was just done is said once, to one visitor.
    const auto version =
        request.query.get("done").empty() ? std::optional((*statistics)->at_ms) : std::nullopt;
    return app_.kept_page(request, "home", version,
                          [&] { return home_view(request, **statistics); });
  }

  /// A stranger's home page is made of what is at hand.
  [[nodiscard]] bool home_is_quick(const Request& request) const {
    return is_stranger(request) && commons_.statistics.at_hand() != nullptr;
  }

  Response research(const Request& request) const {
    return app_.page(
        request, "research",
        {{"rates", View::array({finding_bars(request, "research.before_title", &Finding::before),
                                finding_bars(request, "research.after_title", &Finding::after)})}});
  }

  Response privacy(const Request& request) const {
    return app_.page(request, "privacy",
                     {{"contact", commons_.config.site.contact},
                      {"template_days", commons_.photos.policy().template_days}});
  }

  Response developers(const Request& request) const {
    return app_.page(request, "developers", {{"public_url", app_.options().public_url}});
  }

  Response plain(const Request& request, std::string_view name) const {
    return app_.page(request, name, View::object());
  }

 private:
  View home_view(const Request& request, const SiteStatistics& statistics) const {
    View view;
    if (statistics.people) {
      view["people"] = *statistics.people;
    } else {
      view["people"] =
          words(request, "home.fewer", {{"smallest", std::to_string(statistics.smallest_count)}});
    }
    view["photos"] = statistics.photos;
    view["waiting"] = statistics.waiting;
    view["latest"] = statistics.latest_release.value_or("–");
    view["smallest"] = statistics.smallest_count;
    view["groups"] = nullptr;
    view["tones"] = nullptr;
    view["gap"] = finding_bars(request, "home.gap_title", &Finding::before);
    view["problem"] = nullptr;
    view["done"] = done_text(request);
    for (const AttributeCounts& counts : statistics.attributes) {
      if (counts.attribute == "group") {
        view["groups"] = bars(request, "home.by_group", counts);
      } else if (counts.attribute == "monk_tone") {
        view["tones"] = bars(request, "home.by_tone", counts);
      }
    }
    view["has_groups"] = !view["groups"].is_null() || !view["tones"].is_null();
    return view;
  }

  /// None where no count may be shown.
  View bars(const Request& request, std::string_view title, const AttributeCounts& counts) const {
    std::int64_t most = 0;
    for (const auto& [code, people] : counts.people) {
      most = std::max(most, people.value_or(0));
    }
    if (most == 0) {
      return nullptr;
    }
    const bool is_tone = counts.attribute == "monk_tone";
    View rows = View::array();
    for (const auto& [code, people] : counts.people) {
      if (!people) {
        continue;
      }
      const bool disclosed = code != kUndisclosed && code != "several";
      std::string name;
      if (code == "several") {
        name = words(request, "home.several");
      } else if (is_tone) {
        name = disclosed ? words(request, "home.tone", {{"number", code}})
                         : words(request, "declare.undisclosed");
      } else {
        name = label_of(request, commons_.choices.groups, code);
      }
      rows.push_back({{"name", name},
                      {"share", 100.0 * static_cast<double>(*people) / static_cast<double>(most)},
                      {"value", *people},
                      {"tone", is_tone && disclosed ? View(code) : View()}});
    }
    return {{"title", words(request, title)}, {"rows", std::move(rows)}};
  }

  App& app_;
  Commons& commons_;
};

}  // namespace

void add_public_pages(Router& router, Services& services) {
  const PublicPages pages(services);
  const auto anyone = Role::kAnonymous;
  router.get(
      "/", anyone, [pages](Request& request) { return pages.home(request); },
      {.quick_when = [pages](const Request& request) { return pages.home_is_quick(request); }});
  router.get("/how-it-works", anyone,
             [pages](Request& request) { return pages.plain(request, "how"); });
  router.get("/research", anyone, [pages](Request& request) { return pages.research(request); });
  router.get("/privacy", anyone, [pages](Request& request) { return pages.privacy(request); });
  router.get("/developers", anyone,
             [pages](Request& request) { return pages.developers(request); });
}

}  // namespace everyface::web
