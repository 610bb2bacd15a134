#include "everyface/commons/releases.h"

#include <gmock/gmock.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "tests/commons/releases_fixture.h"
#include "tests/commons/unpack.h"

namespace everyface {
namespace {

namespace fs = std::filesystem;
using testing::code_of;
using ::testing::HasSubstr;
using testing::House;
using testing::must;
using ::testing::Not;
using ::testing::SizeIs;

class ReleasesTest : public testing::OnEveryDatabaseWithReleases {};
EVERYFACE_ON_EVERY_DATABASE(ReleasesTest);

TEST_P(ReleasesTest, ARejectedOrPendingPhotoIsInNone) {
  House house(open(), folder());
  EXPECT_EQ(code_of(house.releases.cut(std::nullopt, "")), "no_photos");
  const Uuid ada = house.contributor();
  house.submit(ada, 1);
  must(house.reject(house.moderator(), house.submit(ada, 2)));
  EXPECT_EQ(code_of(house.releases.cut(std::nullopt, "")), "no_photos");
  EXPECT_FALSE(must(house.releases.latest()));
  house.approved(ada, 3);
  const Release release = cut(house);
  EXPECT_EQ(release.version.text(), "1.0");
  EXPECT_EQ(release.photos, 1);
  EXPECT_EQ(release.people, 1);
  EXPECT_EQ(release.notes, "notes of the release");
  EXPECT_EQ(must(house.photos.list(ada)).front().releases, std::vector<std::string>{"1.0"});
}

TEST_P(ReleasesTest, OnlyAnAdministratorCuts) {
  House house(open(), folder());
  const Uuid ada = house.contributor();
  house.approved(ada, 1);
  EXPECT_EQ(code_of(house.releases.cut(ada, "")), "not_allowed");
  EXPECT_EQ(code_of(house.releases.cut(house.moderator(), "")), "not_allowed");
  EXPECT_TRUE(house.releases.cut(house.administrator(), "").ok());
}

TEST_P(ReleasesTest, AdditionsRaiseTheMinorNumberAndRemovalsTheMajor) {
  House house(open(), folder());
  const Uuid ada = house.contributor();
  const Uuid first = house.approved(ada, 1);
  EXPECT_EQ(cut(house).version.text(), "1.0");
  EXPECT_EQ(code_of(house.releases.cut(std::nullopt, "")), "nothing_new");
  EXPECT_FALSE(must(house.releases.preview()).changed);
  house.approved(ada, 2);
  EXPECT_EQ(must(house.releases.preview()).added, 1);
  EXPECT_EQ(cut(house).version.text(), "1.1");
  must(house.photos.withdraw(ada, first));
  const auto preview = must(house.releases.preview());
  EXPECT_EQ(preview.removed, 1);
  EXPECT_EQ(preview.version.text(), "2.0");
  const Release release = cut(house);
  EXPECT_EQ(release.version.text(), "2.0");
  EXPECT_EQ(release.photos, 1);
  EXPECT_EQ(release.removed, 1);
  EXPECT_EQ(must(house.releases.latest())->version.text(), "2.0");
}

TEST_P(ReleasesTest, AWithdrawnPhotoIsGoneAndLeavesATombstone) {
  House house(open(), folder());
  const Uuid ada = house.contributor();
  const Uuid photo = house.approved(ada, 1);
  house.approved(ada, 2);
  const Release before = cut(house);
  const fs::path old_files = download(house, before.version);
  EXPECT_THAT(must(house.releases.tombstones()).text, HasSubstr("\"tombstones\": []"));
  must(house.photos.withdraw(ada, photo));
  const SignedText list = must(house.releases.tombstones());
  EXPECT_TRUE(is_signed(list.text, list.signature, house.releases.public_key()).value());
  const auto json = nlohmann::json::parse(list.text);
  ASSERT_EQ(json["tombstones"].size(), 1U);
  EXPECT_EQ(json["tombstones"][0]["first_release"], "1.0");
  EXPECT_EQ(json["tombstones"][0]["withdrawn"], "2026-09-21");
  const std::string name = json["tombstones"][0]["name"];
  EXPECT_THAT(read_file(old_files / "metadata.csv").value(), HasSubstr(name))
      << "it names the photo as the release did";
  EXPECT_EQ(must(house.releases.tombstones()).text, list.text);
  const Release after = cut(house);
  const fs::path files = download(house, after.version);
  EXPECT_THAT(read_file(files / "metadata.csv").value(), Not(HasSubstr(name)));
  EXPECT_EQ(read_file(files / "tombstones.json").value(), list.text);
  for (const auto& file : testing::unpacked(files / "test-faces-2.0.zip")) {
    EXPECT_THAT(file.name, Not(HasSubstr(name)));
  }
  // The release that held it is no longer offered, and its files are erased.
  EXPECT_EQ(must(house.releases.find(before.version)).state, ReleaseState::kRetired);
  EXPECT_EQ(code_of(house.releases.file(before.version, "test-faces-1.0.zip")), "not_found");
  EXPECT_EQ(code_of(house.releases.verify(before.version)), "not_found");
  EXPECT_EQ(house.blob_count(), 2 + static_cast<std::int64_t>(after.files.size()));
}

TEST_P(ReleasesTest, WhenEverythingIsWithdrawnTheNextReleaseIsEmpty) {
  House house(open(), folder());
  const Uuid ada = house.contributor();
  house.approved(ada, 1);
  cut(house);
  must(house.photos.withdraw_all(ada));
  const Release empty = cut(house);
  EXPECT_EQ(empty.version.text(), "2.0");
  EXPECT_EQ(empty.photos, 0);
  EXPECT_EQ(code_of(house.releases.cut(std::nullopt, "")), "nothing_new");
}

TEST_P(ReleasesTest, APhotoKeepsItsNameAndAPersonGetsANewPseudonymInEachRelease) {
  House house(open(), folder());
  const Uuid ada = house.contributor();
  house.approved(ada, 1);
  const auto first = read_file(download(house, cut(house).version) / "metadata.csv").value();
  house.approved(ada, 2);
  const auto second = read_file(download(house, cut(house).version) / "metadata.csv").value();
  const std::string line = first.substr(first.find("photos/"));
  const std::string path = line.substr(0, line.find(','));
  EXPECT_THAT(second, HasSubstr(path));
  const std::string subject = line.substr(line.find(",80,") + 4, 16);
  EXPECT_THAT(second, Not(HasSubstr(subject)));
}

TEST_P(ReleasesTest, APhotoWithdrawnWhileItIsCutIsNotInIt) {
  House house(open(), folder());
  House second(open(), folder());
  const Uuid ada = house.contributor();
  std::vector<Uuid> photos;
  for (int i = 0; i < 4; ++i) {
    photos.push_back(house.approved(ada, i));
  }
  bool withdrawn = false;
  const Release release =
      must(house.releases.cut(std::nullopt, "", [&](std::int64_t done, std::int64_t) {
        if (done == 2 && !withdrawn) {
          withdrawn = true;
          must(second.photos.withdraw(ada, photos[0]));
        }
      }));
  EXPECT_TRUE(withdrawn);
  EXPECT_EQ(release.photos, 3);
  EXPECT_EQ(release.version.text(), "1.0") << "the cut that was overtaken never was a release";
  EXPECT_THAT(must(house.releases.tombstones()).text, HasSubstr("[]")) << "it was never published";
  EXPECT_THAT(must(house.releases.list()), SizeIs(1));
  must(tidy(house.photos, house.database, *house.blobs, house.now_ms));
  EXPECT_EQ(house.blob_count(), 3 * 2 + static_cast<std::int64_t>(release.files.size()));
}

TEST_P(ReleasesTest, OnlyOneIsCutAtATime) {
  House house(open(), folder());
  House second(open(), folder());
  house.approved(house.contributor(), 1);
  std::string other;
  must(house.releases.cut(std::nullopt, "", [&](std::int64_t, std::int64_t) {
    other = code_of(second.releases.cut(std::nullopt, ""));
    EXPECT_TRUE(must(second.releases.preview()).cutting);
  }));
  EXPECT_EQ(other, "cutting");
  EXPECT_THAT(must(house.releases.list()), SizeIs(1));
}

TEST_P(ReleasesTest, ACutWhoseServerDiedIsGivenUpAfterAWhile) {
  House house(open(), folder());
  const Uuid ada = house.contributor();
  house.approved(ada, 1);
  house.change(
      sql("INSERT INTO releases (id, major, minor, state, created_ms, heartbeat_ms, notes, "
          "photos, people, removed) VALUES (:id, 1, 0, 'building', :now, :now, '', 1, 1, "
          "0)"),
      Uuid::make(), house.now_ms);
  EXPECT_EQ(code_of(house.releases.cut(std::nullopt, "")), "cutting");
  house.now_ms += kDayMs;
  EXPECT_EQ(must(tidy(house.photos, house.database, *house.blobs, house.now_ms)).releases_failed,
            1);
  EXPECT_EQ(cut(house).version.text(), "1.0");
}

TEST_P(ReleasesTest, FilesOfACutWhoseServerDiedGoAndThoseOfOthersStay) {
  House house(open(), folder());
  const Uuid ada = house.contributor();
  house.approved(ada, 1);
  house.approved(ada, 2);
  const fs::path work = folder() / "work";
  const auto make_old = [](const fs::path& path) {
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(2));
  };
  fs::create_directories(work);
  for (const char* const name : {"everyface-release-dead", "everyface-release-fresh"}) {
    fs::create_directory(work / name);
    must(write_file_atomic(work / name / "1.tar", "a released photo"));
  }
  must(write_file_atomic(work / "export.zip", "a person's data"));
  make_old(work / "everyface-release-dead");
  make_old(work / "export.zip");
  fs::path own;
  std::int64_t removed = 0;
  must(house.releases.cut(std::nullopt, "", [&](std::int64_t done, std::int64_t) {
    if (done == 1) {
      for (const auto& entry : fs::directory_iterator(work)) {
        const std::string name = entry.path().filename().string();
        own = name.ends_with("dead") || name.ends_with("fresh") || name.ends_with("zip")
                  ? own
                  : entry.path();
      }
      make_old(own);  // as after two hours in which nothing was made in it
      house.now_ms += kMinuteMs;
    } else {
      removed = must(remove_dead_work(work, system_clock()()));
      EXPECT_TRUE(fs::exists(own));
    }
  }));
  EXPECT_EQ(removed, 2);
  EXPECT_FALSE(fs::exists(work / "everyface-release-dead"));
  EXPECT_FALSE(fs::exists(work / "export.zip"));
  EXPECT_TRUE(fs::exists(work / "everyface-release-fresh" / "1.tar"));
  EXPECT_EQ(must(remove_dead_work(folder() / "no such folder", system_clock()())), 0);
}

TEST_P(ReleasesTest, DownloadsAreCountedByDay) {
  House house(open(), folder());
  house.approved(house.contributor(), 1);
  const Release release = cut(house);
  for (int i = 0; i < 3; ++i) {
    must(house.releases.count_download(release.id));
    house.now_ms += kDayMs;
  }
  EXPECT_EQ(must(house.releases.find(release.version)).downloads, 3);
}

TEST(ReleaseVersion, IsReadStrictly) {
  EXPECT_EQ(ReleaseVersion::parse("2.10"), (ReleaseVersion{2, 10}));
  for (const char* const text :
       {"", "1", "1.", ".1", "0.1", "1.0.0", "01.0", "1.-1", "1.x", " 1.0"}) {
    EXPECT_FALSE(ReleaseVersion::parse(text)) << text;
  }
  EXPECT_LT((ReleaseVersion{1, 9}), (ReleaseVersion{2, 0}));
}

}  // namespace
}  // namespace everyface
