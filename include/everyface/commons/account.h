// Accounts as data: who there is, and what roles may do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/store/database.h"

namespace everyface {

/// Each may do what the ones before it may.
enum class AccountRole { contributor, moderator, administrator };

/// "contributor", "moderator", "administrator".
std::string_view role_name(AccountRole role);
std::optional<AccountRole> role_of_name(std::string_view name);

/// An address as HTML's <input type="email"> takes it (WHATWG HTML, "valid e-mail address"), at
/// most 254 characters, in lower case: so addresses that differ only in case are one account. Code:
/// email_malformed.
Result<std::string> check_email(std::string_view text);

struct Account {
  Uuid id;
  std::string email;  ///< empty once closed
  AccountRole role = AccountRole::contributor;
  bool closed = false;
  bool second_factor = false;  ///< an authenticator app is set up
  std::string language;        ///< "en", "de": of mails and pages
  std::int64_t created_ms = 0;
};

Result<std::optional<Account>> find_account(Transaction& tx, const Uuid& account);
/// For administrators only: a page must never let others ask for addresses.
Result<std::optional<Account>> find_account_by_email(Transaction& tx, std::string_view email);

struct AccountFilter {
  std::optional<AccountRole> role = {};
  bool closed_too = false;
  std::optional<Uuid> after = {};  ///< the last one of the page before
  std::int64_t limit = 100;
};
/// In order of joining.
Result<std::vector<Account>> list_accounts(Database& database, const AccountFilter& filter);

}  // namespace everyface
