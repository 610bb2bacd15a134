// Statements and transactions, on every database.
#include "everyface/store/database.h"

#include <gmock/gmock.h>

#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "tests/store/databases.h"

namespace everyface {
namespace {

using Kind = DatabaseErrorKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class DatabaseTest : public testing::OnEveryDatabase {
 protected:
  /// people (id, name), unique by name; photos (id, person, bytes).
  Database with_tables() {
    Database database = open();
    const auto made = database.transact([&](Transaction& tx) -> DbResult<std::int64_t> {
      for (const SqlFor<>& statement : std::initializer_list<SqlFor<>>{
               sql("CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT NOT NULL, born BIGINT, "
                   "CONSTRAINT people_born CHECK (born > 0))"),
               sql("CREATE UNIQUE INDEX people_name ON people (name)"),
               sql("CREATE TABLE photos (id TEXT PRIMARY KEY, "
                   "person TEXT NOT NULL CONSTRAINT photos_person REFERENCES people (id))")}) {
        if (auto done = tx.execute(statement); !done) {
          return done;
        }
      }
      return 0;
    });
    EXPECT_TRUE(made) << made.error().message;
    return database;
  }

  static DbResult<std::int64_t> add(Transaction& tx, const std::string& id,
                                    const std::string& name) {
    return tx.execute(sql("INSERT INTO people (id, name) VALUES (:id, :name)"), id, name);
  }

  static std::vector<std::string> names(Database& database) {
    auto rows = database.read([](Transaction& tx) {
      return tx.query<std::string>(sql("SELECT name FROM people ORDER BY name"));
    });
    EXPECT_TRUE(rows) << rows.error().message;
    return rows ? *rows : std::vector<std::string>{};
  }
};
EVERYFACE_ON_EVERY_DATABASE(DatabaseTest);

TEST_P(DatabaseTest, ValuesComeBackAsTheyWentIn) {
  Database database = open();
  using Row = std::tuple<Uuid, std::int64_t, double, std::string, Bytes, bool>;
  const std::vector<Row> rows = {
      {Uuid::make(), std::numeric_limits<std::int64_t>::min(), 0.1, "d\xc3\xa9j\xc3\xa0 'vu'\n",
       Bytes{0, 255, 39, 10}, true},
      {Uuid(), std::numeric_limits<std::int64_t>::max(), -1e300, "", Bytes{}, false}};
  for (const Row& row : rows) {
    auto read = database.transact([&](Transaction& tx) -> DbResult<Row> {
      const auto made =
          tx.execute(sql("CREATE TABLE IF NOT EXISTS t (u UUID, i BIGINT, r DOUBLE, "
                         "s TEXT, b BYTES, f BOOLEAN)"));
      if (!made) {
        return made.error();
      }
      const auto& [u, i, r, s, b, f] = row;
      const auto added =
          tx.execute(sql("INSERT INTO t (u, i, r, s, b, f) VALUES (:u, :i, :r, :s, :b, :f)"), u, i,
                     r, s, b, f);
      if (!added) {
        return added.error();
      }
      return tx.one<Row>(sql("SELECT u, i, r, s, b, f FROM t WHERE u = :u AND s = :s AND b = :b "
                             "AND f = :f AND i = :i AND r = :r"),
                         u, s, b, f, i, r);
    });
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, row);
  }
}

TEST_P(DatabaseTest, NullIsAnEmptyOptional) {
  Database database = with_tables();
  const auto read = database.transact([&](Transaction& tx) {
    EXPECT_TRUE(tx.execute(sql("INSERT INTO people (id, name, born) VALUES (:id, :name, :born)"),
                           "1", "a", std::optional<std::int64_t>()));
    EXPECT_TRUE(tx.execute(sql("INSERT INTO people (id, name, born) VALUES (:id, :name, :born)"),
                           "2", "b", std::optional<std::int64_t>(1999)));
    return tx.query<std::optional<std::int64_t>>(sql("SELECT born FROM people ORDER BY name"));
  });
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_THAT(*read, ElementsAre(std::nullopt, std::optional<std::int64_t>(1999)));
  const auto wrong = database.read([](Transaction& tx) {
    return tx.query<std::int64_t>(sql("SELECT born FROM people ORDER BY name"));
  });
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("column 1 is NULL"));
}

struct Person {
  std::string id;
  std::string name;
  static constexpr auto columns = std::make_tuple(&Person::id, &Person::name);
};

TEST_P(DatabaseTest, RowsAreReadIntoStructs) {
  Database database = with_tables();
  const auto person = database.transact([&](Transaction& tx) -> DbResult<Person> {
    if (auto added = add(tx, "1", "Ada"); !added) {
      return added.error();
    }
    return tx.one<Person>(sql("SELECT id, name FROM people"));
  });
  ASSERT_TRUE(person) << person.error().message;
  EXPECT_EQ(person->name, "Ada");
}

TEST_P(DatabaseTest, AParameterWrittenTwiceIsOneValue) {
  Database database = with_tables();
  const auto sum = database.read([](Transaction& tx) {
    return tx.one<std::int64_t>(
        sql("SELECT CAST(:a AS BIGINT) * 100 + CAST(:b AS BIGINT) * 10 + CAST(:a AS BIGINT)"), 3,
        4);
  });
  ASSERT_TRUE(sum) << sum.error().message;
  EXPECT_EQ(*sum, 343);
}

TEST_P(DatabaseTest, WhatAFunctionRefusesIsRolledBack) {
  Database database = with_tables();
  const Result<int> refused = database.transact([&](Transaction& tx) -> Result<int> {
    EXPECT_TRUE(add(tx, "1", "Ada"));
    return Error{"not today"};
  });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "not today");
  EXPECT_THAT(names(database), ElementsAre());
}

TEST_P(DatabaseTest, WhatThrowsIsRolledBack) {
  Database database = with_tables();
  EXPECT_THROW((void)database.transact([&](Transaction& tx) -> Result<int> {
    EXPECT_TRUE(add(tx, "1", "Ada"));
    throw std::runtime_error("a mistake");
  }),
               std::runtime_error);
  EXPECT_THAT(names(database), ElementsAre());
}

TEST_P(DatabaseTest, ASecondRowOfTheSameNameIsNamedByItsIndex) {
  Database database = with_tables();
  const auto twice = database.transact([&](Transaction& tx) -> DbResult<std::int64_t> {
    EXPECT_TRUE(add(tx, "1", "Ada\nCONSTRAINT NAME:  other"));
    return add(tx, "2", "Ada\nCONSTRAINT NAME:  other");
  });
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().kind, Kind::kUnique);
  EXPECT_EQ(twice.error().constraint, "people_name");
  EXPECT_THAT(twice.error().message, Not(HasSubstr("Ada"))) << "values do not belong in logs";
  const auto key = database.transact([&](Transaction& tx) -> DbResult<std::int64_t> {
    EXPECT_TRUE(add(tx, "1", "Ada"));
    return add(tx, "1", "Grace");
  });
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().kind, Kind::kUnique);
  EXPECT_EQ(key.error().constraint, "people_pkey");
}

TEST_P(DatabaseTest, OtherConstraintsAreToldApart) {
  Database database = with_tables();
  const auto orphan = database.transact([&](Transaction& tx) {
    return tx.execute(sql("INSERT INTO photos (id, person) VALUES (:id, :person)"), "1", "nobody");
  });
  ASSERT_FALSE(orphan);
  EXPECT_EQ(orphan.error().kind, Kind::kForeignKey);
  const auto unborn = database.transact([&](Transaction& tx) {
    return tx.execute(sql("INSERT INTO people (id, name, born) VALUES (:id, :name, :born)"), "1",
                      "Ada", -1);
  });
  ASSERT_FALSE(unborn);
  EXPECT_EQ(unborn.error().kind, Kind::kConstraint);
  EXPECT_EQ(unborn.error().constraint, "people_born");
  const auto nameless = database.transact([&](Transaction& tx) {
    return tx.execute(sql("INSERT INTO people (id, name) VALUES (:id, :name)"), "1", std::nullopt);
  });
  ASSERT_FALSE(nameless);
  EXPECT_EQ(nameless.error().kind, Kind::kConstraint);
}

TEST_P(DatabaseTest, AfterAFailureNothingOfTheTransactionStays) {
  Database database = with_tables();
  const auto swallowed = database.transact([&](Transaction& tx) -> DbResult<int> {
    EXPECT_TRUE(add(tx, "1", "Ada"));
    EXPECT_FALSE(add(tx, "1", "Grace"));
    const auto later = add(tx, "3", "Joan");
    EXPECT_FALSE(later) << "the transaction has failed";
    return 7;  // as if all were well
  });
  ASSERT_FALSE(swallowed);
  EXPECT_EQ(swallowed.error().kind, Kind::kUnique);
  EXPECT_THAT(names(database), ElementsAre());
}

TEST_P(DatabaseTest, WhatIsThereAlreadyCanBeLeftAlone) {
  Database database = with_tables();
  const auto counts =
      database.transact([&](Transaction& tx) -> DbResult<std::vector<std::int64_t>> {
        std::vector<std::int64_t> changed;
        for (int i = 0; i < 2; ++i) {
          auto added = tx.execute(
              sql("INSERT INTO people (id, name) VALUES (:id, :name) ON CONFLICT DO NOTHING"), "1",
              "Ada");
          if (!added) {
            return added.error();
          }
          changed.push_back(*added);
        }
        return changed;
      });
  ASSERT_TRUE(counts) << counts.error().message;
  EXPECT_THAT(*counts, ElementsAre(1, 0));
}

TEST_P(DatabaseTest, ReadersMayNotWrite) {
  Database database = with_tables();
  const auto wrote = database.read([&](Transaction& tx) { return add(tx, "1", "Ada"); });
  ASSERT_FALSE(wrote);
  EXPECT_EQ(wrote.error().kind, Kind::kOther);
  EXPECT_THAT(names(database), ElementsAre());
}

TEST_P(DatabaseTest, FindAndOneSayHowManyRowsThereAre) {
  Database database = with_tables();
  const auto outcome = database.transact([&](Transaction& tx) -> DbResult<int> {
    const auto find = [&] { return tx.find<std::string>(sql("SELECT name FROM people")); };
    EXPECT_FALSE(*find());
    const auto none = tx.one<std::string>(sql("SELECT name FROM people"));
    EXPECT_FALSE(none);
    EXPECT_EQ(none.error().kind, Kind::kNoRow);
    EXPECT_TRUE(add(tx, "1", "Ada")) << "no row is no failure of the transaction";
    EXPECT_EQ(**find(), "Ada");
    EXPECT_TRUE(add(tx, "2", "Grace"));
    EXPECT_THAT(find().error().message, HasSubstr("several rows"));
    return 0;
  });
  EXPECT_FALSE(outcome);
}

TEST_P(DatabaseTest, MistakesAreSaid) {
  Database database = with_tables();
  const auto message = [&](auto statement) {
    const auto done = database.transact(statement);
    EXPECT_FALSE(done);
    return done ? std::string() : done.error().message;
  };
  EXPECT_THAT(message([](Transaction& tx) { return tx.execute(sql("DELETE FROM nowhere")); }),
              HasSubstr("nowhere"));
  EXPECT_THAT(message([](Transaction& tx) {
                return tx.query<std::string>(sql("SELECT id, name FROM people"));
              }),
              HasSubstr("it gives 2 columns, but is read into 1"));
  EXPECT_THAT(message([](Transaction& tx) { return add(tx, "1", std::string("a\0b", 3)); }),
              HasSubstr("the value of :name is not UTF-8, or holds a zero byte"));
  EXPECT_THAT(message([](Transaction& tx) { return add(tx, "1", "\xff"); }), HasSubstr(":name"));
  EXPECT_THAT(message([](Transaction& tx) {
                return tx.one<double>(sql("SELECT CAST(:x AS DOUBLE)"),
                                      std::numeric_limits<double>::quiet_NaN());
              }),
              HasSubstr(":x is not a finite number"));
}

TEST_P(DatabaseTest, LikeTellsCasesApart) {
  Database database = with_tables();
  const auto found = database.transact([&](Transaction& tx) {
    EXPECT_TRUE(add(tx, "1", "Ada"));
    return tx.query<std::string>(sql("SELECT name FROM people WHERE name LIKE :pattern"), "a%");
  });
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(*found, ElementsAre());
}

}  // namespace
}  // namespace everyface
