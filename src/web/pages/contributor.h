// Where a contributor stands on the way to the first photo.
#pragma once

#include <optional>
#include <string>

#include "everyface/commons/consent.h"
#include "everyface/commons/declaration.h"
#include "everyface/web/html.h"
#include "everyface/web/request.h"

namespace everyface::web {

class Commons;

struct ContributorStanding {
  Consents consents;
  std::optional<StoredDeclaration> declaration;  ///< the one that counts

  /// "/consent", "/declare" or "/contribute".
  [[nodiscard]] std::string next_step() const;
};

bool holds(const Consents& consents, ConsentKind kind);

Result<ContributorStanding> contributor_standing(Commons& commons, const Uuid& account);

/// For the template parts/steps: step 0 consent, 1 declaration, 2 photos.
View step_views(const Request& request, const ContributorStanding& standing, int current);

}  // namespace everyface::web
