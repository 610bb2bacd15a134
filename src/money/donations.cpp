#include "everyface/money/donations.h"

#include <tuple>

#include "everyface/base/hash.h"
#include "everyface/commons/audit_log.h"
#include "everyface/commons/secret.h"
#include "everyface/money/bookings.h"
#include "everyface/payments/iban.h"
#include "money/administrator.h"

namespace everyface {
namespace {

/// Hexadecimal ones, 60 bits: nobody guesses another's.
constexpr std::size_t kReferenceDigits = 15;

struct DonationRow {
  std::string reference;
  std::string asset;
  std::int64_t scale = 0;
  std::int64_t announced = 0;
  std::int64_t received = 0;
  std::int64_t created_ms = 0;
  std::optional<std::int64_t> received_ms;
  static constexpr auto columns = std::make_tuple(
      &DonationRow::reference, &DonationRow::asset, &DonationRow::scale, &DonationRow::announced,
      &DonationRow::received, &DonationRow::created_ms, &DonationRow::received_ms);
};

std::string new_base() {
  std::string base = sha256_hex(new_secret()).substr(0, kReferenceDigits);
  for (char& digit : base) {
    digit = digit >= 'a' ? static_cast<char>(digit - 'a' + 'A') : digit;
  }
  return base;
}

Result<std::optional<Uuid>> donation_of(Transaction& tx, const StatementLine& line) {
  if (line.reference.empty()) {
    return std::optional<Uuid>();
  }
  auto found =
      tx.find<Uuid>(sql("SELECT id FROM donations WHERE reference = :reference AND asset = "
                        ":asset AND scale = :scale"),
                    line.reference, line.asset.code, line.asset.scale);
  if (!found) {
    return found.error();
  }
  return *found;
}

Result<LineFate> fate_of(Transaction& tx, const StatementLine& line) {
  if (line.amount <= 0) {
    return LineFate::kOut;
  }
  auto booked = tx.one<std::int64_t>(
      sql("SELECT COUNT(*) FROM booked_lines WHERE bank_id = :bank_id"), line.id);
  if (!booked) {
    return booked.error();
  }
  if (*booked > 0) {
    return LineFate::kKnown;
  }
  const auto donation = donation_of(tx, line);
  if (!donation) {
    return donation.error();
  }
  return *donation ? LineFate::kMatched : LineFate::kUnmatched;
}

Result<Statement> read_statement(Transaction& tx, const Uuid& id) {
  using Head = std::tuple<std::int64_t, std::optional<std::int64_t>>;
  auto head =
      tx.find<Head>(sql("SELECT uploaded_ms, booked_ms FROM statements WHERE id = :statement"), id);
  if (!head) {
    return head.error();
  }
  if (!*head) {
    return Error{"there is no such statement", "not_found"};
  }
  Statement statement{id, std::get<0>(**head), std::get<1>(**head), {}};
  using Row =
      std::tuple<std::string, std::string, std::string, std::int64_t, std::int64_t, std::string>;
  auto rows = tx.query<Row>(
      sql("SELECT bank_id, booked_on, asset, scale, amount, reference FROM statement_lines WHERE "
          "statement_id = :statement ORDER BY place"),
      id);
  if (!rows) {
    return rows.error();
  }
  for (auto& [bank_id, date, asset, scale, amount, reference] : *rows) {
    StatementRow row{{std::move(bank_id),
                      std::move(date),
                      amount,
                      {std::move(asset), static_cast<int>(scale)},
                      std::move(reference)},
                     {}};
    const auto fate = fate_of(tx, row.line);
    if (!fate) {
      return fate.error();
    }
    row.fate = *fate;
    statement.rows.push_back(std::move(row));
  }
  return statement;
}

Result<void> book_line(Transaction& tx, const StatementLine& line, int site_percent,
                       std::int64_t now_ms) {
  const auto donation = donation_of(tx, line);
  if (!donation) {
    return donation.error();
  }
  const auto posted = book_income(tx,
                                  {.amount = line.amount,
                                   .asset = line.asset,
                                   .reference = "bank/" + line.id,
                                   .site_percent = site_percent},
                                  now_ms);
  if (!posted) {
    return posted.error();
  }
  auto marked = tx.execute(
      sql("INSERT INTO booked_lines (bank_id, donation_id, amount, position) VALUES (:bank_id, "
          ":donation, :amount, :position)"),
      line.id, **donation, line.amount, posted->position);
  if (!marked) {
    return marked.error();
  }
  auto received = tx.execute(sql("UPDATE donations SET received = received + :amount, received_ms "
                                 "= :now WHERE id = :donation"),
                             line.amount, now_ms, **donation);
  if (!received) {
    return received.error();
  }
  return {};
}

}  // namespace

std::string_view line_fate_name(LineFate fate) {
  switch (fate) {
    case LineFate::kMatched:
      return "matched";
    case LineFate::kKnown:
      return "known";
    case LineFate::kUnmatched:
      return "unmatched";
    case LineFate::kOut:
      break;
  }
  return "out";
}

Result<Donation> announce_donation(Database& database, std::int64_t now_ms, const Asset& asset,
                                   std::int64_t amount) {
  if (amount <= 0) {
    return Error{"the amount must be more than zero", "amount"};
  }
  const Donation donation{creditor_reference(new_base()), asset, amount, 0, now_ms, std::nullopt};
  auto added = database.transact([&](Transaction& tx) {
    return tx.execute(
        sql("INSERT INTO donations (id, reference, asset, scale, announced, received, "
            "created_ms) VALUES (:id, :reference, :asset, :scale, :amount, 0, :now)"),
        Uuid::make(), donation.reference, asset.code, asset.scale, amount, now_ms);
  });
  if (!added) {
    return added.error();
  }
  return donation;
}

Result<Donation> find_donation(Database& database, std::string_view reference) {
  return database.read([&](Transaction& tx) -> Result<Donation> {
    auto row = tx.find<DonationRow>(
        sql("SELECT reference, asset, scale, announced, received, created_ms, received_ms FROM "
            "donations WHERE reference = :reference"),
        reference);
    if (!row) {
      return row.error();
    }
    if (!*row) {
      return Error{"there is no such donation", "not_found"};
    }
    DonationRow& found = **row;
    return Donation{std::move(found.reference),
                    {std::move(found.asset), static_cast<int>(found.scale)},
                    found.announced,
                    found.received,
                    found.created_ms,
                    found.received_ms};
  });
}

Result<Uuid> upload_statement(Database& database, std::int64_t now_ms, const Uuid& administrator,
                              const std::vector<StatementLine>& lines) {
  const Uuid id = Uuid::make();
  return database.transact([&](Transaction& tx) -> Result<Uuid> {
    if (auto may = require_administrator(tx, administrator); !may) {
      return may.error();
    }
    auto added = tx.execute(sql("INSERT INTO statements (id, uploaded_by, uploaded_ms) VALUES "
                                "(:id, :administrator, :now)"),
                            id, administrator, now_ms);
    if (!added) {
      return added.error();
    }
    std::int64_t place = 0;
    for (const StatementLine& line : lines) {
      auto kept = tx.execute(
          sql("INSERT INTO statement_lines (statement_id, place, bank_id, booked_on, asset, scale, "
              "amount, reference) VALUES (:statement, :place, :bank_id, :booked_on, :asset, "
              ":scale, "
              ":amount, :reference)"),
          id, ++place, line.id, line.date, line.asset.code, line.asset.scale, line.amount,
          line.reference);
      if (!kept) {
        return kept.error();
      }
    }
    return id;
  });
}

Result<Statement> find_statement(Database& database, const Uuid& statement) {
  return database.read([&](Transaction& tx) { return read_statement(tx, statement); });
}

Result<std::int64_t> book_statement(Database& database, std::int64_t now_ms,
                                    const Uuid& administrator, const Uuid& statement,
                                    int site_percent) {
  return database.transact([&](Transaction& tx) -> Result<std::int64_t> {
    if (auto may = require_administrator(tx, administrator); !may) {
      return may.error();
    }
    const auto read = read_statement(tx, statement);
    if (!read) {
      return read.error();
    }
    if (read->booked_ms) {
      return Error{"this statement was booked already", "statement_booked"};
    }
    std::int64_t booked = 0;
    for (const StatementRow& row : read->rows) {
      // Asked again: the bank may have said the same line twice in one statement.
      const auto fate = fate_of(tx, row.line);
      if (!fate) {
        return fate.error();
      }
      if (*fate != LineFate::kMatched) {
        continue;
      }
      if (auto done = book_line(tx, row.line, site_percent, now_ms); !done) {
        return done.error();
      }
      ++booked;
    }
    auto marked = tx.execute(sql("UPDATE statements SET booked_ms = :now WHERE id = :statement"),
                             now_ms, statement);
    if (!marked) {
      return marked.error();
    }
    if (auto logged =
            audit::append(tx, {administrator, "statement.book", statement.text()}, now_ms);
        !logged) {
      return logged.error();
    }
    return booked;
  });
}

}  // namespace everyface
