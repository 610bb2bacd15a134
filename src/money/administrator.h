// Who may move money.
#pragma once

#include "everyface/base/result.h"
#include "everyface/store/database.h"

namespace everyface {

/// Code: not_allowed.
Result<void> require_administrator(Transaction& tx, const Uuid& account);

}  // namespace everyface
