// Made-up people and drawn photos, for `everyface serve --demo`.
#pragma once

#include <vector>

#include "everyface/base/result.h"
#include "everyface/web/site.h"

namespace everyface::web {

class Commons;

/// Fills an empty site: contributors of many groups with drawn photos, approved, rejected and
/// waiting, two moderators, an administrator, and a first release. Passwords are random.
Result<std::vector<DemoAccount>> fill_demo(Commons& commons);

}  // namespace everyface::web
