// Where databases are, and what is said when they are not there.
#include "store/database_url.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "everyface/store/database.h"
#include "tests/testing.h"

namespace everyface::store {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string why(std::string_view url) {
  const auto parsed = parse_database_url(url);
  return parsed ? "none" : parsed.error().message;
}

TEST(DatabaseUrlTest, SqliteIsAFile) {
  EXPECT_EQ(parse_database_url("sqlite:/var/lib/a b=c.db")->path, "/var/lib/a b=c.db");
  EXPECT_EQ(parse_database_url("sqlite:a.db")->display, "sqlite:a.db");
  EXPECT_THAT(why("sqlite:"), HasSubstr("names no file"));
  EXPECT_THAT(why("sqlite:/var/"), HasSubstr("names no file"));
  EXPECT_THAT(why("sqlite://host/a.db"), HasSubstr("one slash"));
  EXPECT_THAT(why("sqlite::memory:"), HasSubstr("name a file"));
  EXPECT_THAT(why("sqlite:a\"b"), HasSubstr("quotes"));
  EXPECT_THAT(why("mysql://a"), HasSubstr("begins neither"));
  EXPECT_THAT(why(""), HasSubstr("begins neither"));
}

TEST(DatabaseUrlTest, PasswordsAreNotShown) {
  const auto parsed =
      parse_database_url("postgresql://ada:s%40cret@db.example:26257/faces?sslmode=require");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->display, "postgresql://ada@db.example:26257/faces");
  EXPECT_THAT(parsed->conninfo, HasSubstr("s%40cret"));
  EXPECT_THAT(parsed->conninfo, HasSubstr("&connect_timeout=5"));
  EXPECT_EQ(parse_database_url("postgres:///faces?password=secret")->display,
            "postgresql:///faces");
  EXPECT_EQ(parse_database_url("postgresql://a:secret@[::1]:5432/b")->display,
            "postgresql://a@[::1]:5432/b");
  for (const char* url :
       {"postgresql://ada:sec/ret@db/faces", "postgresql://ada:secret%zz@db/faces",
        "postgresql://db/faces?nonsense=secret", "postgresql://ada:secret@db:x/y"}) {
    EXPECT_THAT(why(url), Not(HasSubstr("none"))) << url;
    EXPECT_THAT(why(url), Not(HasSubstr("sec"))) << url;
  }
}

TEST(DatabaseUrlTest, OnesOwnTimeoutsAreKept) {
  const auto parsed = parse_database_url("postgresql://db/faces?connect_timeout=60");
  ASSERT_TRUE(parsed);
  EXPECT_THAT(parsed->conninfo, HasSubstr("connect_timeout=60"));
  EXPECT_THAT(parsed->conninfo, Not(HasSubstr("connect_timeout=5")));
}

TEST(OpenTest, SqliteFilesArePrivateAndMayHaveAnyName) {
  const testing::TemporaryFolder folder;
  const auto path = folder.path() / "new folder" / "a  b=c d.db";
  const auto database = Database::open("sqlite:" + path.string());
  ASSERT_TRUE(database) << database.error().message;
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(OpenTest, SaysWhatIsNoDatabase) {
  const testing::TemporaryFolder folder;
  const auto path = folder.path() / "photo.png";
  std::ofstream(path) << std::string(4096, 'x');
  const auto database = Database::open("sqlite:" + path.string());
  ASSERT_FALSE(database);
  EXPECT_THAT(database.error().message, HasSubstr("photo.png"));
  EXPECT_THAT(database.error().message, HasSubstr("not a database"));
  const auto folder_itself = Database::open("sqlite:" + folder.path().string());
  ASSERT_FALSE(folder_itself);
  EXPECT_EQ(folder_itself.error().kind, DatabaseErrorKind::kUnavailable);
}

TEST(OpenTest, SaysThatAServerDoesNotAnswer) {
  const auto database = Database::open("postgresql://ada:secret@127.0.0.1:1/faces");
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().kind, DatabaseErrorKind::kUnavailable);
  EXPECT_EQ(database.error().code, "database_unavailable");
  EXPECT_THAT(database.error().message, HasSubstr("postgresql://ada@127.0.0.1:1/faces"));
  EXPECT_THAT(database.error().message, Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace everyface::store
