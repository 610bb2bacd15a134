#include "everyface/commons/account.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "commons/people_parts.h"
#include "everyface/base/text.h"

namespace everyface {
namespace {

constexpr std::array<std::pair<AccountRole, std::string_view>, 3> kRoles = {{
    {AccountRole::contributor, "contributor"},
    {AccountRole::moderator, "moderator"},
    {AccountRole::administrator, "administrator"},
}};

constexpr std::size_t kMaxEmail = 254;
constexpr std::size_t kMaxLocalPart = 64;
constexpr std::size_t kMaxLabel = 63;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_local_part(std::string_view text) {
  constexpr std::string_view kSigns = ".!#$%&'*+/=?^_`{|}~-";
  return !text.empty() && text.size() <= kMaxLocalPart &&
         std::all_of(text.begin(), text.end(), [kSigns](char c) {
           return is_alphanumeric(c) || kSigns.find(c) != std::string_view::npos;
         });
}

bool is_label(std::string_view text) {
  return !text.empty() && text.size() <= kMaxLabel && text.front() != '-' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alphanumeric(c) || c == '-'; });
}

struct AccountRow {
  Uuid id;
  std::optional<std::string> email;
  AccountRole role = AccountRole::contributor;
  std::optional<std::int64_t> closed_ms;
  bool second_factor = false;
  std::string language;
  std::int64_t created_ms = 0;
  static constexpr auto columns = std::make_tuple(
      &AccountRow::id, &AccountRow::email, &AccountRow::role, &AccountRow::closed_ms,
      &AccountRow::second_factor, &AccountRow::language, &AccountRow::created_ms);
};

Account account_of(AccountRow&& row) {
  return {row.id,
          std::move(row.email).value_or(""),
          row.role,
          row.closed_ms.has_value(),
          row.second_factor,
          std::move(row.language),
          row.created_ms};
}

Result<std::optional<Account>> found(DbResult<std::optional<AccountRow>>&& row) {
  if (!row) {
    return row.error();
  }
  return *row ? std::optional(account_of(std::move(**row))) : std::optional<Account>();
}

}  // namespace

std::string_view role_name(AccountRole role) {
  for (const auto& [known, name] : kRoles) {
    if (known == role) {
      return name;
    }
  }
  throw std::logic_error("no such role");
}

std::optional<AccountRole> role_of_name(std::string_view name) {
  for (const auto& [role, known] : kRoles) {
    if (known == name) {
      return role;
    }
  }
  return std::nullopt;
}

Result<std::string> check_email(std::string_view text) {
  const std::string_view email = trim(text);
  const std::size_t at = email.find('@');
  const auto labels = split(email.substr(std::min(at + 1, email.size())), '.');
  if (at == std::string_view::npos || email.size() > kMaxEmail ||
      !is_local_part(email.substr(0, at)) || !std::all_of(labels.begin(), labels.end(), is_label)) {
    return Error{"this is not an e-mail address like name@example.org", "email_malformed"};
  }
  return lower_case(email);
}

Result<std::optional<Account>> find_account(Transaction& tx, const Uuid& account) {
  return found(tx.find<AccountRow>(
      sql("SELECT id, email, role, closed_ms, totp_seed IS NOT NULL, language, created_ms FROM "
          "accounts WHERE id = :account"),
      account));
}

Result<std::optional<Account>> find_account_by_email(Transaction& tx, std::string_view email) {
  return found(tx.find<AccountRow>(
      sql("SELECT id, email, role, closed_ms, totp_seed IS NOT NULL, language, created_ms FROM "
          "accounts WHERE email = :email"),
      lower_case(trim(email))));
}

Result<std::vector<Account>> list_accounts(Database& database, const AccountFilter& filter) {
  const std::string role(filter.role ? role_name(*filter.role) : "");
  return database.read([&](Transaction& tx) -> Result<std::vector<Account>> {
    auto rows = tx.query<AccountRow>(
        sql("SELECT id, email, role, closed_ms, totp_seed IS NOT NULL, language, created_ms FROM "
            "accounts WHERE id > :after AND (role = :role OR :role = '') AND (closed_ms IS NULL OR "
            ":closed_too) ORDER BY id LIMIT :limit"),
        filter.after.value_or(Uuid()), role, filter.closed_too, filter.limit);
    if (!rows) {
      return rows.error();
    }
    std::vector<Account> accounts;
    for (AccountRow& row : *rows) {
      accounts.push_back(account_of(std::move(row)));
    }
    return accounts;
  });
}

}  // namespace everyface
