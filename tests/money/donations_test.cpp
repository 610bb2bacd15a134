#include "everyface/money/donations.h"

#include <gtest/gtest.h>

#include "everyface/money/ledger.h"
#include "everyface/payments/iban.h"
#include "tests/commons/commons_house.h"
#include "tests/store/databases.h"

namespace everyface {
namespace {

using testing::code_of;
using testing::House;
using testing::must;

const Asset kEuro{"EUR", 2};

class DonationsTest : public testing::OnEveryDatabase {
 protected:
  void SetUp() override {
    OnEveryDatabase::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    house_ = std::make_unique<House>(open(), folder());
    boss_ = house_->administrator();
  }

  Database& database() { return house_->database; }
  Donation announce(std::int64_t amount) {
    return must(announce_donation(database(), house_->now_ms, kEuro, amount));
  }
  Uuid upload(const std::vector<StatementLine>& lines) {
    return must(upload_statement(database(), house_->now_ms, boss_, lines));
  }
  Result<std::int64_t> book(const Uuid& statement) {
    return book_statement(database(), house_->now_ms, boss_, statement, 20);
  }
  std::int64_t held() {
    return must(database().read([](Transaction& tx) {
      return ledger::balance(tx, {ledger::AccountKind::kHeldBank, {}, kEuro});
    }));
  }
  static StatementLine line(const std::string& id, std::int64_t amount,
                            const std::string& reference) {
    return {id, "2026-11-02", amount, kEuro, reference};
  }

  std::unique_ptr<House> house_;
  Uuid boss_;
};
EVERYFACE_ON_EVERY_DATABASE(DonationsTest);

TEST_P(DonationsTest, ReferencesAreGoodAndDiffer) {
  const Donation one = announce(500);
  const Donation other = announce(500);
  EXPECT_NE(one.reference, other.reference);
  EXPECT_EQ(find_creditor_reference(one.reference), one.reference);
  EXPECT_EQ(must(find_donation(database(), one.reference)).announced, 500);
  EXPECT_EQ(code_of(find_donation(database(), "RF18539007547034")), "not_found");
  EXPECT_EQ(code_of(announce_donation(database(), 0, kEuro, 0)), "amount");
}

TEST_P(DonationsTest, AStatementIsLookedAtAndThenBooked) {
  const Donation gift = announce(500);
  const Uuid statement = upload({line("a", 700, gift.reference),
                                 line("b", 300, ""),
                                 line("c", -50, gift.reference),
                                 line("d", 10, "RF18539007547034"),
                                 {"e", "2026-11-02", 700, {"USD", 2}, gift.reference}});
  std::vector<LineFate> fates;
  for (const StatementRow& row : must(find_statement(database(), statement)).rows) {
    fates.push_back(row.fate);
  }
  EXPECT_EQ(fates, (std::vector<LineFate>{LineFate::kMatched, LineFate::kUnmatched, LineFate::kOut,
                                          LineFate::kUnmatched, LineFate::kUnmatched}));
  EXPECT_EQ(held(), 0) << "looking books nothing";
  EXPECT_EQ(must(book(statement)), 1);
  EXPECT_EQ(held(), 700) << "what came, not what was announced";
  EXPECT_EQ(code_of(book(statement)), "statement_booked");
  const Donation received = must(find_donation(database(), gift.reference));
  EXPECT_EQ(received.received, 700);
  EXPECT_TRUE(received.received_ms);
  EXPECT_TRUE(ledger::verify(database()).ok());
}

TEST_P(DonationsTest, ALineIsBookedOnceWhateverStatementsItStandsIn) {
  const Donation gift = announce(500);
  const auto same = line("a", 500, gift.reference);
  must(book(upload({same, same})));
  EXPECT_EQ(held(), 500) << "twice in one statement";
  const Uuid later = upload({same, line("z", 40, gift.reference)});
  EXPECT_EQ(must(find_statement(database(), later)).rows.front().fate, LineFate::kKnown);
  EXPECT_EQ(must(book(later)), 1);
  EXPECT_EQ(held(), 540);
}

TEST_P(DonationsTest, OnlyAdministratorsTouchStatements) {
  const Uuid ada = house_->contributor();
  EXPECT_EQ(code_of(upload_statement(database(), 0, ada, {})), "not_allowed");
  const Uuid statement = upload({});
  EXPECT_EQ(code_of(book_statement(database(), 0, ada, statement, 20)), "not_allowed");
  EXPECT_EQ(code_of(book(Uuid::make())), "not_found");
}

}  // namespace
}  // namespace everyface
