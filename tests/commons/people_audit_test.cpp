#include "everyface/base/random.h"
#include "everyface/commons/audit_log.h"
#include "tests/commons/people_fixture.h"

namespace everyface {
namespace {

using ::testing::HasSubstr;

class AuditTest : public testing::PeopleTest {
 protected:
  void append(const audit::Entry& entry) {
    const auto done =
        database().transact([&](Transaction& tx) { return audit::append(tx, entry, clock()()); });
    ASSERT_TRUE(done.ok()) << done.error().message;
  }
  void append_ten() {
    for (int i = 0; i < 10; ++i) {
      append({Uuid::make(), "photo.approve", "photo " + std::to_string(i), R"({"round":1})"});
    }
  }
  template <typename... Values>
  void tamper(SqlFor<std::type_identity_t<Values>...> statement, const Values&... values) {
    const auto rows = database().transact(
        [&](Transaction& tx) { return tx.execute<Values...>(statement, values...); });
    ASSERT_EQ(rows.value(), 1);
  }
  std::string problem(const std::optional<audit::Head>& noted = std::nullopt) {
    const auto head = audit::verify(database(), noted);
    return head ? "" : head.error().message;
  }
};
EVERYFACE_ON_EVERY_DATABASE(AuditTest);

TEST_P(AuditTest, AnEmptyLogIsWhole) {
  const audit::Head head = audit::verify(database()).value();
  EXPECT_EQ(head.position, 0);
  EXPECT_EQ(head.hash, std::string(64, '0'));
}

TEST_P(AuditTest, EntriesFollowEachOther) {
  append_ten();
  const auto entries = audit::list_after(database(), 0, 100).value();
  ASSERT_EQ(entries.size(), 10U);
  for (std::size_t i = 1; i < entries.size(); ++i) {
    EXPECT_EQ(entries[i].position, static_cast<std::int64_t>(i) + 1);
    EXPECT_EQ(entries[i].previous_hash, entries[i - 1].hash);
  }
  const audit::Head head = audit::verify(database()).value();
  EXPECT_EQ(head.position, 10);
  EXPECT_EQ(head.hash, entries.back().hash);
}

TEST_P(AuditTest, AnyChangedFieldShows) {
  append_ten();
  using Statement = SqlFor<>;
  for (const Statement change :
       {Statement(sql("UPDATE audit_log SET action = 'photo.reject' WHERE position = 4")),
        Statement(sql("UPDATE audit_log SET action = 'photo.approve', subject = 'photo 9' WHERE "
                      "position = 4")),
        Statement(sql("UPDATE audit_log SET subject = 'photo 3', details = '' WHERE position = 4")),
        Statement(sql("UPDATE audit_log SET details = '{\"round\":1}', actor_id = NULL WHERE "
                      "position = 4"))}) {
    tamper(change);
    EXPECT_THAT(problem(), HasSubstr("entry 4: was changed"));
  }
}

TEST_P(AuditTest, AChangedTimeOrHashShows) {
  append_ten();
  tamper(sql("UPDATE audit_log SET at_ms = at_ms + 1 WHERE position = 2"));
  EXPECT_THAT(problem(), HasSubstr("entry 2: was changed"));
  tamper(sql("UPDATE audit_log SET at_ms = at_ms - 1 WHERE position = 2"));
  EXPECT_EQ(problem(), "");
  tamper(sql("UPDATE audit_log SET previous_hash = hash WHERE position = 7"));
  EXPECT_THAT(problem(), HasSubstr("entry 7: does not follow"));
}

TEST_P(AuditTest, AMissingEntryShows) {
  append_ten();
  tamper(sql("DELETE FROM audit_log WHERE position = 5"));
  EXPECT_THAT(problem(), HasSubstr("entry 5 is missing"));
}

TEST_P(AuditTest, ACutOrRewrittenEndShowsAgainstANotedHead) {
  append_ten();
  const audit::Head noted = audit::verify(database()).value();
  append_ten();
  EXPECT_EQ(problem(noted), "");
  for (std::int64_t position = 20; position >= 10; --position) {
    tamper(sql("DELETE FROM audit_log WHERE position = :position"), position);
  }
  EXPECT_EQ(problem(), "");  // a shorter chain is a chain
  EXPECT_THAT(problem(noted), HasSubstr("entry 10 was noted"));
  append({std::nullopt, "photo.approve", "another"});
  EXPECT_THAT(problem(noted), HasSubstr("entry 10: has another hash than was noted"));
}

TEST_P(AuditTest, FieldsCannotFlowIntoEachOther) {
  append({std::nullopt, "ab", "c"});
  tamper(sql("UPDATE audit_log SET action = 'a', subject = 'bc' WHERE position = 1"));
  EXPECT_THAT(problem(), HasSubstr("was changed"));
}

TEST_P(AuditTest, TheChainStaysWholeWhenManyServersAppend) {
  std::vector<Database> servers;
  for (int i = 0; i < 3; ++i) {
    servers.push_back(open({.attempts = 100}));
  }
  constexpr int kEach = 15;
  std::atomic<int> appended = 0;
  at_once(6, [&](std::size_t i) {
    for (int n = 0; n < kEach; ++n) {
      const auto done = servers[i % servers.size()].transact([&](Transaction& tx) {
        return audit::append(tx, {std::nullopt, "test", std::to_string(n)}, clock()());
      });
      appended += done ? 1 : 0;
    }
  });
  EXPECT_EQ(appended, 6 * kEach);
  EXPECT_EQ(audit::verify(database()).value().position, 6 * kEach);
}

TEST_P(AuditTest, AnEntryGoesWithItsTransaction) {
  const auto refused = database().transact([&](Transaction& tx) -> Result<void> {
    if (auto noted = audit::append(tx, {std::nullopt, "test", "x"}, clock()()); !noted) {
      return noted;
    }
    return Error{"refused"};
  });
  EXPECT_FALSE(refused.ok());
  EXPECT_EQ(audit::verify(database()).value().position, 0);
}

TEST_P(AuditTest, ListsBackwardsByPageAndSubject) {
  append_ten();
  const auto newest = audit::list_before(database(), std::nullopt, "", 3).value();
  ASSERT_EQ(newest.size(), 3U);
  EXPECT_EQ(newest.front().position, 10);
  const auto next = audit::list_before(database(), newest.back().position, "", 3).value();
  EXPECT_EQ(next.front().position, 7);
  const auto of_one = audit::list_before(database(), std::nullopt, "photo 4", 10).value();
  ASSERT_EQ(of_one.size(), 1U);
  EXPECT_EQ(of_one.front().position, 5);
}

}  // namespace
}  // namespace everyface
