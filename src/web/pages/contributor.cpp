#include "web/pages/contributor.h"

#include <array>
#include <nlohmann/json.hpp>

#include "web/commons.h"
#include "web/pages/support.h"

namespace everyface::web {

std::string ContributorStanding::next_step() const {
  return !consents.enough_to_contribute() ? "/consent" : !declaration ? "/declare" : "/contribute";
}

bool holds(const Consents& consents, ConsentKind kind) {
  switch (kind) {
    case ConsentKind::publication:
      return consents.publication;
    case ConsentKind::special_category:
      return consents.special_category;
    case ConsentKind::templates:
      break;
  }
  return consents.templates;
}

Result<ContributorStanding> contributor_standing(Commons& commons, const Uuid& account) {
  return commons.database.read([&](Transaction& tx) -> Result<ContributorStanding> {
    auto consents = consents_now(tx, account);
    if (!consents) {
      return consents.error();
    }
    auto declaration = active_declaration(tx, account);
    if (!declaration) {
      return declaration.error();
    }
    return ContributorStanding{*consents, std::move(*declaration)};
  });
}

View step_views(const Request& request, const ContributorStanding& standing, int current) {
  const std::array<bool, 3> done = {standing.consents.enough_to_contribute(),
                                    standing.declaration.has_value(), false};
  const std::array<std::string_view, 3> names = {"steps.consent", "steps.declaration",
                                                 "steps.photos"};
  View views = View::array();
  for (int step = 0; step < 3; ++step) {
    const auto index = static_cast<std::size_t>(step);
    views.push_back({{"name", words(request, names.at(index))},
                     {"current", step == current},
                     {"done", done.at(index) && step != current}});
  }
  return views;
}

}  // namespace everyface::web
