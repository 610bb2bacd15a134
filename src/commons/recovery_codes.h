// Recovery codes in the database, as digests.
#pragma once

#include <string_view>

#include "everyface/base/result.h"
#include "everyface/commons/second_factor.h"
#include "everyface/store/database.h"

namespace everyface {

/// Makes new codes, which replace all of the account.
Result<RecoveryCodes> replace_recovery_codes(Transaction& tx, const Uuid& account);

/// Uses a code up; false where it is none of the account's.
Result<bool> use_recovery_code(Transaction& tx, const Uuid& account, std::string_view code);

Result<void> remove_recovery_codes(Transaction& tx, const Uuid& account);

}  // namespace everyface
