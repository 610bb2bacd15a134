// The site's own wallet, opened by an administrator for payouts.
#include <fmt/format.h>

#include "everyface/commons/audit_log.h"
#include "everyface/money/payouts.h"
#include "money/administrator.h"
#include "money/rows.h"

namespace everyface {
namespace {

constexpr std::int64_t kMostMonths = 120;

}  // namespace

Result<std::string> open_wallet(WalletDesk& desk, const Uuid& administrator, std::int64_t limit,
                                std::int64_t months) {
  if (limit <= 0) {
    return Error{"the limit must be more than zero", "amount"};
  }
  if (months < 1 || months > kMostMonths) {
    return Error{"the wallet can be opened for 1 to 120 months", "months"};
  }
  const auto may =
      desk.database.read([&](Transaction& tx) { return require_administrator(tx, administrator); });
  if (!may) {
    return may.error();
  }
  const auto site = desk.site.address();
  if (!site) {
    return site.error();
  }
  PaymentAccess access = PaymentAccess::to_pay(site->id);
  access.debit_amount = PaymentAmount{static_cast<std::uint64_t>(limit), desk.asset};
  access.interval = fmt::format("R{}/{}/P1M", months - 1, instant_text(desk.clock()));
  // To compare the books with everything that came in, the wallet's owner has to agree as well.
  const PaymentAccess all_incoming{"incoming-payment", {"read-all", "list-all"}, site->id};
  const auto asked =
      ask_for_grant(desk, {std::string(kPayoutsPurpose), Uuid(), *site, {access, all_incoming}});
  if (!asked) {
    return asked.error();
  }
  const auto logged = desk.database.transact([&](Transaction& tx) {
    return audit::append(tx, {administrator, "wallet.open", asked->id.text()}, desk.clock());
  });
  return logged ? Result<std::string>(asked->redirect) : logged.error();
}

Result<bool> wallet_is_open(Database& database) {
  const auto grant =
      database.read([](Transaction& tx) { return given_grant(tx, kPayoutsPurpose, Uuid()); });
  return grant ? Result<bool>(grant->has_value()) : grant.error();
}

Result<void> close_wallet(WalletDesk& desk, const Uuid& administrator) {
  const auto grants = desk.database.transact([&](Transaction& tx) -> Result<std::vector<Uuid>> {
    if (auto may = require_administrator(tx, administrator); !may) {
      return may.error();
    }
    auto given = given_grants(tx, kPayoutsPurpose, Uuid());
    if (!given) {
      return given;
    }
    for (const Uuid& grant : *given) {
      if (auto logged =
              audit::append(tx, {administrator, "wallet.close", grant.text()}, desk.clock());
          !logged) {
        return logged.error();
      }
    }
    return given;
  });
  return grants ? end_grants(desk, *grants) : Result<void>(grants.error());
}

}  // namespace everyface
