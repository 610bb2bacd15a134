#include "everyface/money/ledger.h"

#include <fmt/format.h>

#include <set>
#include <tuple>

#include "money/ledger_rows.h"

namespace everyface::ledger {
namespace {

constexpr std::size_t kMostKey = 200;

struct AccountRow {
  Uuid id;
  std::int64_t balance = 0;
  static constexpr auto columns = std::make_tuple(&AccountRow::id, &AccountRow::balance);
};

Result<void> check_shape(const Posting& posting) {
  const auto wrong = [&](std::string_view what) {
    return Error{fmt::format("posting {}: {}", posting.key, what), "ledger_unbalanced"};
  };
  if (posting.key.empty() || posting.key.size() > kMostKey) {
    return wrong("its key is empty or too long");
  }
  if (posting.lines.size() < 2) {
    return wrong("it has fewer than two lines");
  }
  std::set<AccountName> accounts;
  for (const Line& line : posting.lines) {
    if (line.amount == 0) {
      return wrong("a line is of zero");
    }
    if (is_personal(line.account.kind) == (line.account.owner == Uuid())) {
      return wrong("a contributor's account needs its owner, the site's has none");
    }
    if (!accounts.insert(line.account).second) {
      return wrong("an account stands there twice");
    }
  }
  return check_balance(posting);
}

Result<AccountRow> open_account(Transaction& tx, const AccountName& name) {
  auto row = tx.find<AccountRow>(
      sql("SELECT id, balance FROM ledger_accounts WHERE kind = :kind AND owner = :owner AND asset "
          "= :asset AND scale = :scale"),
      account_kind_name(name.kind), name.owner, name.asset.code, name.asset.scale);
  if (!row) {
    return row.error();
  }
  if (*row) {
    return **row;
  }
  const AccountRow made{Uuid::make(), 0};
  auto added = tx.execute(sql("INSERT INTO ledger_accounts (id, kind, owner, asset, scale, "
                              "balance) VALUES (:id, :kind, :owner, :asset, :scale, 0)"),
                          made.id, account_kind_name(name.kind), name.owner, name.asset.code,
                          name.asset.scale);
  if (!added) {
    return added.error();
  }
  return made;
}

Result<void> add_line(Transaction& tx, std::int64_t position, std::int64_t number,
                      const Line& line) {
  const auto account = open_account(tx, line.account);
  if (!account) {
    return account.error();
  }
  const auto balance = moved_balance(line.account, account->balance, line.amount);
  if (!balance) {
    return balance.error();
  }
  auto moved = tx.execute(sql("UPDATE ledger_accounts SET balance = :balance WHERE id = :account"),
                          *balance, account->id);
  if (!moved) {
    return moved.error();
  }
  auto added = tx.execute(sql("INSERT INTO ledger_lines (position, line, account_id, amount) "
                              "VALUES (:position, :line, :account, :amount)"),
                          position, number, account->id, line.amount);
  if (!added) {
    return added.error();
  }
  return {};
}

Result<Head> head_of(Transaction& tx) {
  using Row = std::tuple<std::int64_t, std::string>;
  auto last = tx.find<Row>(
      sql("SELECT position, hash FROM ledger_postings ORDER BY position DESC LIMIT 1"));
  if (!last) {
    return last.error();
  }
  return *last ? Head{std::get<0>(**last), std::get<1>(**last)} : Head{};
}

/// The posting with this key, if it is the same one.
Result<std::optional<Posted>> find_earlier(Transaction& tx, const Posting& posting) {
  auto position = tx.find<std::int64_t>(
      sql("SELECT position FROM ledger_postings WHERE posting_key = :key"), posting.key);
  if (!position) {
    return position.error();
  }
  if (!*position) {
    return std::optional<Posted>();
  }
  const auto there = list_after(tx, **position - 1, 1);
  if (!there) {
    return there.error();
  }
  if (content_text(there->front().posting) != content_text(posting)) {
    return Error{fmt::format("posting {}: its key was used for another posting", posting.key),
                 "ledger_key"};
  }
  return std::optional(Posted{**position, true});
}

}  // namespace

Result<Posted> post(Transaction& tx, const Posting& posting, std::int64_t now_ms) {
  if (auto good = check_shape(posting); !good) {
    return good.error();
  }
  const auto earlier = find_earlier(tx, posting);
  if (!earlier) {
    return earlier.error();
  }
  if (*earlier) {
    return **earlier;
  }
  const auto before = head_of(tx);
  if (!before) {
    return before.error();
  }
  Recorded next{before->position + 1, now_ms, posting, before->hash, {}};
  next.hash = hash_of(next);
  auto added = tx.execute(
      sql("INSERT INTO ledger_postings (position, posting_key, kind, about, at_ms, previous_hash, "
          "hash) VALUES (:position, :key, :kind, :about, :at, :previous, :hash)"),
      next.position, posting.key, posting.kind, posting.about, now_ms, next.previous_hash,
      next.hash);
  if (!added) {
    return added.error();
  }
  std::int64_t number = 0;
  for (const Line& line : posting.lines) {
    if (auto done = add_line(tx, next.position, ++number, line); !done) {
      return done.error();
    }
  }
  return Posted{next.position, false};
}

Result<std::int64_t> balance(Transaction& tx, const AccountName& account) {
  auto row = tx.find<std::int64_t>(
      sql("SELECT balance FROM ledger_accounts WHERE kind = :kind AND owner = :owner AND asset = "
          ":asset AND scale = :scale"),
      account_kind_name(account.kind), account.owner, account.asset.code, account.asset.scale);
  if (!row) {
    return row.error();
  }
  return row->value_or(0);
}

Result<std::map<AccountName, std::int64_t>> balances_of(Transaction& tx, const Uuid& owner) {
  using Row = std::tuple<std::string, std::string, std::int64_t, std::int64_t>;
  auto rows = tx.query<Row>(
      sql("SELECT kind, asset, scale, balance FROM ledger_accounts WHERE owner = :owner"), owner);
  if (!rows) {
    return rows.error();
  }
  std::map<AccountName, std::int64_t> balances;
  for (const auto& [kind, asset, scale, amount] : *rows) {
    if (const auto known = account_kind_of_name(kind)) {
      balances[{*known, owner, {asset, static_cast<int>(scale)}}] = amount;
    }
  }
  return balances;
}

Result<std::vector<Recorded>> list_after(Transaction& tx, std::int64_t position,
                                         std::int64_t limit) {
  auto postings = tx.query<PostingRow>(
      sql("SELECT position, posting_key, kind, about, at_ms, previous_hash, hash FROM "
          "ledger_postings WHERE position > :position ORDER BY position LIMIT :limit"),
      position, limit);
  if (!postings) {
    return postings.error();
  }
  std::vector<Recorded> list;
  if (postings->empty()) {
    return list;
  }
  auto lines = tx.query<LineRow>(
      sql("SELECT ledger_lines.position, ledger_accounts.kind, ledger_accounts.owner, "
          "ledger_accounts.asset, ledger_accounts.scale, ledger_lines.amount FROM ledger_lines "
          "JOIN ledger_accounts ON ledger_accounts.id = ledger_lines.account_id WHERE "
          "ledger_lines.position > :position AND ledger_lines.position <= :last ORDER BY "
          "ledger_lines.position, ledger_lines.line"),
      position, postings->back().position);
  if (!lines) {
    return lines.error();
  }
  return joined(*postings, *lines);
}

}  // namespace everyface::ledger
