// Consents and declarations: what comes before the first photo, and corrections afterwards.
#include "everyface/commons/consent.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "everyface/base/text.h"
#include "everyface/commons/declaration.h"
#include "web/commons.h"
#include "web/pages/contributor.h"
#include "web/pages/support.h"

namespace everyface::web {
namespace {

/// Lines that begin with "- " become a list.
View paragraph_views(std::string_view text) {
  View views = View::array();
  for (const std::string& paragraph : paragraphs(text)) {
    if (!paragraph.starts_with("- ")) {
      views.push_back({{"list", false}, {"text", paragraph}});
      continue;
    }
    View items = View::array();
    for (const std::string_view line : split(paragraph, '\n')) {
      items.push_back(std::string(line.starts_with("- ") ? line.substr(2) : line));
    }
    views.push_back({{"list", {{"items", std::move(items)}}}, {"text", ""}});
  }
  return views;
}

View choice_views(const Request& request, const std::vector<Choice>& choices,
                  const std::vector<std::string>& chosen) {
  View views = View::array();
  for (const Choice& choice : choices) {
    views.push_back(
        {{"code", choice.code},
         {"label", choice.label(request.language)},
         {"chosen", std::find(chosen.begin(), chosen.end(), choice.code) != chosen.end()}});
  }
  return views;
}

/// The field of the form that an error of check_declaration() is about; empty: none.
std::string field_of(std::string_view code) {
  constexpr std::string_view kPrefix = "declaration_";
  constexpr std::string_view kFields[] = {"groups", "gender", "age", "country", "tone", "text"};
  if (code.starts_with(kPrefix)) {
    const std::string_view field = code.substr(kPrefix.size());
    if (std::find(std::begin(kFields), std::end(kFields), field) != std::end(kFields)) {
      return std::string(field);
    }
  }
  return {};
}

Declaration declaration_in(const Request& request) {
  Declaration declaration;
  for (const std::string_view group : request.form.all("groups")) {
    declaration.groups.emplace_back(group);
  }
  declaration.gender = request.form.get("gender");
  declaration.age_band = request.form.get("age_band");
  declaration.country = request.form.get("country");
  if (const std::string_view tone = request.form.get("monk_tone"); !tone.empty()) {
    declaration.monk_tone = parse_int(tone).value_or(0);  // 0 is no tone: refused with the field
  }
  declaration.free_text = request.form.get("free_text");
  return declaration;
}

class ConsentPages {
 public:
  explicit ConsentPages(Services& services) : app_(services.app), commons_(services.commons) {}

  Response consent_form(const Request& request, View problem = nullptr, int status = 200) const {
    const auto standing = contributor_standing(commons_, account_of(request));
    if (!standing) {
      return problem_page(request, standing.error());
    }
    View texts = View::array();
    for (const ConsentKind kind : kConsentKinds) {
      const ConsentText& text = current_consent_text(kind, request.language);
      texts.push_back(
          {{"kind", std::string(consent_name(kind))},
           {"title", std::string(text.title)},
           {"paragraphs", paragraph_views(text.text)},
           {"sha256", text.sha256},
           {"version", text.version},
           {"agree", words(request, "consent.agree." + std::string(consent_name(kind)))},
           {"needed", kind != ConsentKind::templates},
           {"given", holds(standing->consents, kind)}});
    }
    return app_.page(request, "consent",
                     {{"texts", std::move(texts)},
                      {"steps", step_views(request, *standing, 0)},
                      {"problem", std::move(problem)}},
                     status);
  }

  Response consent(const Request& request) const {
    const Uuid account = account_of(request);
    if (request.form.get("publication") != "yes" || request.form.get("special_category") != "yes") {
      return consent_form(request, words(request, "problem.no_consent"), 422);
    }
    for (const ConsentKind kind : kConsentKinds) {
      const std::string name(consent_name(kind));
      if (request.form.get(name) != "yes") {
        continue;  // taking one back is done under "My data", where its consequences are said
      }
      if (auto given = give_consent(commons_.database, commons_.clock, account, kind,
                                    request.form.get(name + "_sha256"));
          !given) {
        return consent_form(request, explain(request, given.error()), status_of(given.error()));
      }
    }
    return next_step(request);
  }

  Response declare_form(const Request& request, const Declaration& filled, bool correction,
                        const Error* error = nullptr) const {
    const auto standing = contributor_standing(commons_, account_of(request));
    if (!standing) {
      return problem_page(request, standing.error());
    }
    const DeclarationChoices& choices = commons_.choices;
    View tones = View::array();
    for (int tone = 1; tone <= static_cast<int>(kMonkSwatches.size()); ++tone) {
      tones.push_back({{"number", tone}, {"chosen", filled.monk_tone == tone}});
    }
    View nations = View::array();
    for (const Country& country : countries(request.language)) {
      nations.push_back({{"code", country.code},
                         {"name", country.name},
                         {"chosen", country.code == filled.country}});
    }
    View view = {{"correction", correction},
                 {"action", correction ? "/my/correction" : "/declare"},
                 {"steps", step_views(request, *standing, 1)},
                 {"groups", choice_views(request, choices.groups, filled.groups)},
                 {"genders", choice_views(request, choices.genders, {filled.gender})},
                 {"age_bands", choice_views(request, choices.age_bands, {filled.age_band})},
                 {"tones", std::move(tones)},
                 {"tone_undisclosed", !filled.monk_tone.has_value()},
                 {"countries", std::move(nations)},
                 {"free_text", filled.free_text},
                 {"longest", kMaxFreeTextCharacters},
                 {"problem", nullptr},
                 {"error", View::object()}};
    if (error == nullptr) {
      return app_.page(request, "declare", view);
    }
    const std::string field = field_of(error->code);
    const std::string text = explain(request, *error);
    view["problem"] = text;
    if (!field.empty()) {
      view["error"][field] = text;
    }
    return app_.page(request, "declare", view, status_of(*error));
  }

  Response declare(const Request& request) const {
    const Declaration declaration = declaration_in(request);
    const auto declared = everyface::declare(commons_.database, commons_.clock, commons_.choices,
                                             account_of(request), declaration);
    return declared ? next_step(request)
                    : declare_form(request, declaration, false, &declared.error());
  }

  Response first_declaration(const Request& request) const {
    const auto standing = contributor_standing(commons_, account_of(request));
    if (!standing) {
      return problem_page(request, standing.error());
    }
    return standing->declaration ? Response::redirect("/my/correction")
                                 : declare_form(request, {}, false);
  }

  Response correction_form(const Request& request) const {
    const auto standing = contributor_standing(commons_, account_of(request));
    if (!standing) {
      return problem_page(request, standing.error());
    }
    return standing->declaration ? declare_form(request, standing->declaration->declaration, true)
                                 : Response::redirect("/declare");
  }

  Response correct(const Request& request) const {
    const Declaration declaration = declaration_in(request);
    const auto proposed = propose_correction(commons_.database, commons_.clock, commons_.choices,
                                             account_of(request), declaration);
    return proposed ? redirect_done("/my/data", "correction_sent")
                    : declare_form(request, declaration, true, &proposed.error());
  }

 private:
  Response next_step(const Request& request) const {
    const auto standing = contributor_standing(commons_, account_of(request));
    return standing ? Response::redirect(standing->next_step())
                    : problem_page(request, standing.error());
  }

  App& app_;
  Commons& commons_;
};

}  // namespace

void add_consent_pages(Router& router, Services& services) {
  const ConsentPages pages(services);
  const auto member = Role::kContributor;
  router.get("/consent", member, [pages](Request& request) { return pages.consent_form(request); });
  router.post("/consent", member, [pages](Request& request) { return pages.consent(request); });
  router.get("/declare", member,
             [pages](Request& request) { return pages.first_declaration(request); });
  router.post("/declare", member, [pages](Request& request) { return pages.declare(request); });
  router.get("/my/correction", member,
             [pages](Request& request) { return pages.correction_form(request); });
  router.post("/my/correction", member,
              [pages](Request& request) { return pages.correct(request); });
}

}  // namespace everyface::web
