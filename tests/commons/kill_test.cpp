// A server that is killed at any moment leaves no photo half there, no release half public, and no
// blob that nobody knows once it has been tidied up after.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <set>
#include <string>
#include <thread>

#include "everyface/base/random.h"
#include "tests/commons/commons_house.h"
#include "tests/store/databases.h"

namespace everyface {
namespace {

using testing::drawn_photo;
using testing::House;
using testing::kMostBytes;
using testing::must;

/// What the worker writes after each step; nothing else that it prints holds it.
constexpr char kStep = '\x06';

constexpr const char* kUrl = "EVERYFACE_TEST_URL";
constexpr const char* kFolder = "EVERYFACE_TEST_FOLDER";
constexpr const char* kRound = "EVERYFACE_TEST_ROUND";

/// Does what a busy server does, for ever, and writes a byte after each step.
[[noreturn]] void work(House& house, Random& random) {
  const Uuid ada = house.contributor({"black"}, "woman", true);
  const Uuid one = house.moderator();
  const Uuid two = house.moderator();
  for (int seed = 0;; ++seed) {
    PreparedPhoto photo = drawn_photo(seed);
    photo.face_template = {1, 0, 0, 0};
    photo.template_model = "model";
    const Uuid sent = must(house.photos.submit(ada, photo, "192.0.2.1"));
    must(house.approve(one, sent));
    must(house.approve(two, sent));
    if (seed % 3 == 1) {
      static_cast<void>(house.releases.cut(std::nullopt, ""));  // "cutting" after a killed one
    }
    const auto all = must(house.photos.list(ada));
    const MyPhoto& any = all[random.below(all.size())];
    if (seed % 2 == 1 && any.state != PhotoState::kWithdrawn) {
      must(house.photos.withdraw(ada, any.id));
    }
    must(tidy(house.photos, house.database, *house.blobs, house.now_ms));
    static_cast<void>(::write(STDOUT_FILENO, &kStep, 1));
  }
}

/// Not a test: the process that is killed.
TEST(KillWorker, DISABLED_Works) {
  const char* const url = std::getenv(kUrl);  // NOLINT(concurrency-mt-unsafe)
  ASSERT_NE(url, nullptr);
  auto database = Database::open(url);
  ASSERT_TRUE(database.ok()) << database.error().message;
  House house(std::move(*database), std::getenv(kFolder));  // NOLINT(concurrency-mt-unsafe)
  const int round = std::atoi(std::getenv(kRound));         // NOLINT(concurrency-mt-unsafe,cert-*)
  house.now_ms += round * kDayMs;
  Random random(static_cast<std::uint64_t>(round));
  work(house, random);
}

class KillTest : public testing::OnEveryDatabase {
 protected:
  /// Starts a worker, lets it do some steps, and kills it a moment later.
  void work_and_kill(int round, Random& random) {
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
    std::vector<std::string> environment = {std::string(kUrl) + "=" + url(),
                                            std::string(kFolder) + "=" + folder().string(),
                                            std::string(kRound) + "=" + std::to_string(round)};
    std::vector<char*> environment_pointers;
    for (std::string& variable : environment) {
      environment_pointers.push_back(variable.data());
    }
    environment_pointers.push_back(nullptr);
    std::vector<std::string> arguments = {"test", "--gtest_also_run_disabled_tests",
                                          "--gtest_filter=KillWorker.DISABLED_Works"};
    std::vector<char*> argument_pointers;
    for (std::string& argument : arguments) {
      argument_pointers.push_back(argument.data());
    }
    argument_pointers.push_back(nullptr);
    pid_t worker = 0;
    ASSERT_EQ(::posix_spawn(&worker, "/proc/self/exe", &actions, nullptr, argument_pointers.data(),
                            environment_pointers.data()),
              0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(pipe[1]);
    const auto steps = static_cast<int>(1 + random.below(6));
    for (int done = 0; done < steps;) {
      char byte = 0;
      ASSERT_EQ(::read(pipe[0], &byte, 1), 1) << "the worker ended by itself";
      done += byte == kStep;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(60'000)));
    ::kill(worker, SIGKILL);
    int status = 0;
    ::waitpid(worker, &status, 0);
    ::close(pipe[0]);
    EXPECT_TRUE(WIFSIGNALED(status));
  }

  /// Keys of all blobs that rows refer to.
  static std::set<std::string> known_blobs(House& house) {
    auto keys = house.database.read([](Transaction& tx) {
      return tx.query<std::string>(
          sql("SELECT photo_key FROM photos WHERE photo_key IS NOT NULL UNION ALL SELECT "
              "thumbnail_key FROM photos WHERE thumbnail_key IS NOT NULL UNION ALL SELECT blob_key "
              "FROM release_files WHERE blob_key IS NOT NULL"));
    });
    EXPECT_TRUE(keys.ok());
    return {keys->begin(), keys->end()};
  }
};
EVERYFACE_ON_EVERY_DATABASE(KillTest);

TEST_P(KillTest, NothingIsHalfThereAndNothingIsLeftOver) {
  { House made(open(), folder()); }
  Random random(20);
  constexpr int kRounds = 8;
  for (int round = 0; round < kRounds; ++round) {
    work_and_kill(round, random);
  }
  House house(open(), folder());
  house.now_ms += (kRounds + 7) * kDayMs;
  must(tidy(house.photos, house.database, *house.blobs, house.now_ms));
  const std::set<std::string> known = known_blobs(house);
  EXPECT_FALSE(known.empty());
  for (const std::string& key : known) {
    EXPECT_TRUE(house.blobs->get(key, kMostBytes).ok()) << key << " is referred to and not there";
  }
  EXPECT_EQ(house.blob_count(), static_cast<std::int64_t>(known.size()))
      << "there are blobs that nothing refers to";
  EXPECT_EQ(house.count(sql("SELECT COUNT(*) FROM blob_trash")), 0);
  EXPECT_EQ(house.count(sql("SELECT COUNT(*) FROM releases WHERE state = 'building'")), 0);
  EXPECT_EQ(house.count(sql("SELECT COUNT(*) FROM photos WHERE state <> 'withdrawn' AND "
                            "screened_ms IS NULL")),
            0);
  EXPECT_EQ(house.count(sql("SELECT COUNT(*) FROM photos WHERE (state = 'withdrawn') <> (photo_key "
                            "IS NULL)")),
            0);
  for (const Release& release : must(house.releases.list())) {
    if (release.state == ReleaseState::kPublished) {
      EXPECT_TRUE(house.releases.verify(release.version).ok());
    }
  }
}

}  // namespace
}  // namespace everyface
