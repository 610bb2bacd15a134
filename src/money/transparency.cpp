#include "everyface/money/transparency.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace everyface {
namespace {

using ledger::AccountKind;

constexpr std::int64_t kAtOnce = 500;

std::string month_of(std::int64_t at_ms) {
  const std::chrono::sys_time<std::chrono::milliseconds> at{std::chrono::milliseconds(at_ms)};
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(at)};
  return fmt::format("{:04}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()));
}

using Amounts = std::map<Uuid, std::int64_t>;  // by person

struct OpenPeriod {
  MoneyPeriod sums;
  Amounts given;
  Amounts paid;
};

/// Adds postings up, in their order, and closes periods where they may be told.
class Periods {
 public:
  explicit Periods(std::int64_t smallest_count) : smallest_(smallest_count) {}

  void add(const ledger::Recorded& recorded) {
    const std::string month = month_of(recorded.at_ms);
    for (const ledger::Line& line : recorded.posting.lines) {
      auto& open = open_.try_emplace(line.account.asset).first->second;
      if (!open.sums.from.empty() && open.sums.to != month) {
        close(open);
      }
      if (open.sums.from.empty()) {
        open.sums.from = month;
        open.sums.asset = line.account.asset;
      }
      open.sums.to = month;
      add(open, line);
    }
  }

  std::vector<MoneyPeriod> finish() {
    for (auto& [asset, open] : open_) {
      close(open);
    }
    return std::move(closed_);
  }

 private:
  /// Whose money only moved between their own accounts is not in the sum, and hides nobody in it.
  [[nodiscard]] bool may_tell(const Amounts& amounts) const {
    const auto people = std::count_if(amounts.begin(), amounts.end(),
                                      [](const auto& person) { return person.second != 0; });
    return people == 0 || people >= smallest_;
  }

  /// Tells a period, unless it must be told with the next month.
  void close(OpenPeriod& open) {
    if (!may_tell(open.given) || !may_tell(open.paid)) {
      return;
    }
    closed_.push_back(open.sums);
    MoneyPeriod next;
    next.asset = open.sums.asset;
    next.held = open.sums.held;
    next.owed = open.sums.owed;
    open = {std::move(next), {}, {}};
  }

  static void add(OpenPeriod& open, const ledger::Line& line) {
    MoneyPeriod& sums = open.sums;
    switch (line.account.kind) {
      case AccountKind::kSourceMonetization:
        sums.monetization -= line.amount;
        break;
      case AccountKind::kSourceOpenPayments:
        sums.open_payments -= line.amount;
        break;
      case AccountKind::kSourceBank:
        sums.bank -= line.amount;
        break;
      case AccountKind::kPool:
        break;
      case AccountKind::kPending:
      case AccountKind::kVested:
      case AccountKind::kTransit:
        sums.owed -= line.amount;
        sums.rewards -= line.amount;
        open.given[line.account.owner] -= line.amount;
        break;
      case AccountKind::kPaid:
        sums.paid_out -= line.amount;
        sums.rewards -= line.amount;  // it is owed no more, but stays given
        open.given[line.account.owner] -= line.amount;
        open.paid[line.account.owner] -= line.amount;
        break;
      case AccountKind::kFees:
        sums.fees += line.amount;
        break;
      case AccountKind::kCosts:
      case AccountKind::kExchange:
        sums.costs += line.amount;
        break;
      case AccountKind::kHeldBank:
      case AccountKind::kHeldWallet:
        sums.held += line.amount;
        break;
      case AccountKind::kAllocated:
      case AccountKind::kSite:
      case AccountKind::kPayouts:
      case AccountKind::kSpent:
        break;
    }
  }

  std::int64_t smallest_;
  std::map<Asset, OpenPeriod> open_;
  std::vector<MoneyPeriod> closed_;
};

}  // namespace

Result<std::vector<MoneyPeriod>> money_periods(Database& database, std::int64_t now_ms,
                                               std::int64_t smallest_count) {
  const std::string this_month = month_of(now_ms);
  return database.read([&](Transaction& tx) -> Result<std::vector<MoneyPeriod>> {
    Periods periods(smallest_count);
    std::int64_t position = 0;
    while (true) {
      const auto postings = ledger::list_after(tx, position, kAtOnce);
      if (!postings) {
        return postings.error();
      }
      for (const ledger::Recorded& recorded : *postings) {
        if (month_of(recorded.at_ms) >= this_month) {
          return periods.finish();
        }
        periods.add(recorded);
        position = recorded.position;
      }
      if (postings->empty()) {
        return periods.finish();
      }
    }
  });
}

std::string money_csv(const std::vector<MoneyPeriod>& periods) {
  std::string text =
      "from,to,asset,in_monetization,in_open_payments,in_bank,rewards,paid_out,fees,costs,held,"
      "owed\r\n";
  for (const MoneyPeriod& period : periods) {
    text += fmt::format("{},{},{}", period.from, period.to, period.asset.code);
    for (const std::int64_t amount :
         {period.monetization, period.open_payments, period.bank, period.rewards, period.paid_out,
          period.fees, period.costs, period.held, period.owed}) {
      text += "," + amount_digits(amount, period.asset);
    }
    text += "\r\n";
  }
  return text;
}

}  // namespace everyface
