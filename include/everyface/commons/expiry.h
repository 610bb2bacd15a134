// What has had its time: removed by the background worker.
#pragma once

#include <cstdint>

#include "everyface/base/result.h"
#include "everyface/commons/clock.h"
#include "everyface/store/database.h"

namespace everyface {

/// Deletes sessions that are over, links in mails that are used or over, and counts of throttles
/// that no longer matter. Safe on several servers at once. Returns how many rows went.
Result<std::int64_t> remove_expired(Database& database, const Clock& clock);

}  // namespace everyface
