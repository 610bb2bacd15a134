#include "money/administrator.h"

#include "everyface/commons/account.h"

namespace everyface {

Result<void> require_administrator(Transaction& tx, const Uuid& account) {
  const auto found = find_account(tx, account);
  if (!found) {
    return found.error();
  }
  if (!*found || (*found)->role != AccountRole::administrator) {
    return Error{"this needs the role of administrator", "not_allowed"};
  }
  return {};
}

}  // namespace everyface
