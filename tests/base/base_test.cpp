#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "everyface/base/box.h"
#include "everyface/base/file.h"
#include "everyface/base/hash.h"
#include "everyface/base/parallel.h"
#include "everyface/base/progress.h"
#include "everyface/base/random.h"
#include "everyface/base/result.h"
#include "everyface/base/text.h"
#include "tests/testing.h"

namespace everyface {
namespace {

using ::testing::ElementsAre;
using testing::TemporaryFolder;

TEST(Box, IouOfHandComputedBoxes) {
  EXPECT_DOUBLE_EQ(iou({0, 0, 10, 10}, {5, 0, 15, 10}), 50.0 / 150.0);
  EXPECT_DOUBLE_EQ(iou({0, 0, 10, 10}, {0, 0, 10, 10}), 1.0);
  EXPECT_DOUBLE_EQ(iou({0, 0, 10, 10}, {10, 0, 20, 10}), 0.0);
  EXPECT_DOUBLE_EQ(iou({3, 3, 3, 3}, {3, 3, 3, 3}), 0.0) << "no area, no overlap";
  EXPECT_DOUBLE_EQ((Box{5, 5, 1, 1}.area()), 0.0) << "an inverted box has no area";
}

TEST(Hash, Sha256MatchesThePublishedExamples) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(stable_hash64("abc"), 0xba7816bf8f01cfeaU);
}

TEST(Hash, FileAndBytesAgreeBeyondOneBlock) {
  const TemporaryFolder folder;
  const std::string content(700'000, 'x');
  ASSERT_TRUE(write_file_atomic(folder.path() / "f", content).ok());
  EXPECT_EQ(sha256_file(folder.path() / "f").value(), sha256_hex(content));
  EXPECT_FALSE(sha256_file(folder.path() / "absent").ok());
}

TEST(Random, RepeatsForASeedAndDiffersBetweenSeeds) {
  Random a(7), b(7), c(8);
  const std::uint64_t first = a.bits();
  EXPECT_EQ(first, b.bits());
  EXPECT_NE(first, c.bits());
}

TEST(Random, BelowIsUniformAndInRange) {
  Random random(1);
  std::vector<int> counts(7, 0);
  for (int i = 0; i < 70'000; ++i) {
    ++counts.at(random.below(7));
  }
  for (const int count : counts) {
    EXPECT_NEAR(count, 10'000, 500) << "five standard deviations";
  }
  EXPECT_EQ(random.below(1), 0U);
}

TEST(Random, UniformStaysInItsHalfOpenInterval) {
  Random random(3);
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double value = random.uniform();
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    sum += value;
  }
  EXPECT_NEAR(sum / 100'000, 0.5, 0.005);
}

TEST(File, AtomicWriteReplacesAndLeavesNothingElseBehind) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "deep" / "er" / "file.txt";
  ASSERT_TRUE(write_file_atomic(path, "one").ok());
  ASSERT_TRUE(write_file_atomic(path, "two").ok());
  EXPECT_EQ(read_file(path).value(), "two");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(path.parent_path()), {}), 1);
}

TEST(File, AtomicWriteOntoAFolderFailsAndNamesIt) {
  const TemporaryFolder folder;
  const auto written = write_file_atomic(folder.path(), "x");
  ASSERT_FALSE(written.ok());
  EXPECT_NE(written.error().message.find(folder.path().string()), std::string::npos);
}

TEST(File, AtomicWriteReplacesWhatALinkLeadsToAndKeepsTheLink) {
  const TemporaryFolder folder;
  const auto& root = folder.path();
  std::filesystem::create_directories(root / "real");
  std::filesystem::create_symlink("real", root / "folder");
  std::filesystem::create_symlink("there", root / "real" / "link");
  for (const char* content : {"new", "replaced"}) {
    const auto written = write_file_atomic(root / "folder" / "link", content);
    ASSERT_TRUE(written.ok()) << written.error().message;
    EXPECT_TRUE(std::filesystem::is_symlink(root / "real" / "link"));
    EXPECT_EQ(read_file(root / "real" / "there").value(), content);
  }
  std::filesystem::create_symlink("loop", root / "loop");
  EXPECT_NE(write_file_atomic(root / "loop", "x").error().message.find("loop"), std::string::npos);
}

TEST(File, AtomicWriteGoesThroughPipesAndDevicesAndLeavesThemThere) {
  const TemporaryFolder folder;
  const auto pipe = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::string received;
  std::thread reader([&] { std::getline(std::ifstream(pipe), received); });
  EXPECT_TRUE(check_writable(pipe).ok());
  EXPECT_TRUE(write_file_atomic(pipe, "through").ok());
  reader.join();
  EXPECT_EQ(received, "through");
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
  std::filesystem::create_symlink("/dev/null", folder.path() / "null");
  EXPECT_TRUE(write_file_atomic(folder.path() / "null", "x").ok());
  EXPECT_TRUE(std::filesystem::is_character_file(folder.path() / "null"));
  EXPECT_NE(write_file_atomic("/dev/full", "x").error().message.find("/dev/full: No space"),
            std::string::npos);
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
}

TEST(File, AtomicWriteTakesTheLongestNamesAndStepsOverLeftovers) {
  const TemporaryFolder folder;
  const std::string longest(255, 'n');
  ASSERT_TRUE(write_file_atomic(folder.path() / longest, "x").ok());
  EXPECT_EQ(read_file(folder.path() / longest).value(), "x");
  // As a killed process with this one's number would have left them.
  for (int i = 0; i < 1000; ++i) {
    std::ofstream(folder.path() / ("a.tmp" + std::to_string(::getpid()) + "-" + std::to_string(i)));
  }
  EXPECT_TRUE(write_file_atomic(folder.path() / "a", "x").ok());
}

TEST(File, WhetherAFileCanBeWrittenIsKnownBeforeAndChangesNothing) {
  const TemporaryFolder folder;
  const auto& root = folder.path();
  EXPECT_NE(check_writable(root).error().message.find("folder"), std::string::npos);
  ASSERT_TRUE(write_file_atomic(root / "file", "kept").ok());
  EXPECT_TRUE(check_writable(root / "file").ok());
  EXPECT_EQ(read_file(root / "file").value(), "kept");
  EXPECT_FALSE(check_writable(root / "file" / "below").ok());
  EXPECT_TRUE(check_writable(root / "new" / "file").ok());
  EXPECT_TRUE(std::filesystem::is_empty(root / "new"));
}

TEST(File, ReadingSaysWhyItCannot) {
  const TemporaryFolder folder;
  const auto& root = folder.path();
  EXPECT_NE(read_file(root).error().message.find("directory"), std::string::npos);
  EXPECT_NE(read_file(root / "no").error().message.find("No such file"), std::string::npos);
  std::filesystem::create_symlink("loop", root / "loop");
  EXPECT_NE(read_file(root / "loop").error().message.find("loop"), std::string::npos);
  ASSERT_EQ(::mkfifo((root / "pipe").c_str(), 0600), 0);
  EXPECT_NE(read_file(root / "pipe").error().message.find("not a regular file"), std::string::npos);
  ASSERT_TRUE(write_file_atomic(root / "big", "12345").ok());
  EXPECT_NE(read_file(root / "big", 4).error().message.find("limit"), std::string::npos);
}

TEST(File, AppendsWhatIsThereAlready) {
  const TemporaryFolder folder;
  for (const char* line : {"a\n", "b\n"}) {
    auto file = AppendFile::open(folder.path() / "log");
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file->append(line).ok());
    ASSERT_TRUE(file->sync().ok());
  }
  EXPECT_EQ(read_file(folder.path() / "log").value(), "a\nb\n");
}

TEST(Text, NumbersMustBeTheWholeText) {
  EXPECT_EQ(parse_number("-2.5"), -2.5);
  EXPECT_EQ(parse_number("+1e-4"), 1e-4);
  EXPECT_EQ(parse_int("42"), 42);
  for (const char* wrong : {"", " 1", "1 ", "1x", "nan", "inf", "1e999", "--1"}) {
    EXPECT_FALSE(parse_number(wrong)) << wrong;
  }
  EXPECT_FALSE(parse_int("99999999999"));
  EXPECT_FALSE(parse_int("1.0"));
}

TEST(Text, SplittingLeavesParenthesesWhole) {
  EXPECT_THAT(split_outside_parentheses("a,b(c,d),e", ','), ElementsAre("a", "b(c,d)", "e"));
  EXPECT_THAT(split_outside_parentheses("", ','), ElementsAre());
  EXPECT_THAT(split_outside_parentheses("a,", ','), ElementsAre("a", ""));
  EXPECT_THAT(split_blanks("  1\t2 3 "), ElementsAre("1", "2", "3"));
  EXPECT_THAT(split("a,,b", ','), ElementsAre("a", "", "b"));
}

TEST(Text, NearestFindsASlipAndNoStranger) {
  const std::vector<std::string> names{"yunet", "retinaface", "haar"};
  EXPECT_EQ(nearest("yunnet", names), "yunet");
  EXPECT_EQ(nearest("harr", names), "haar");
  EXPECT_EQ(nearest("completely-different", names), "");
}

TEST(Text, ShortestNumbersReadBackTheSame) {
  EXPECT_EQ(shortest_number(0.1), "0.1");
  EXPECT_EQ(shortest_number(-2), "-2");
  EXPECT_EQ(shortest_number(2.5), "2.5");
}

TEST(Text, InvalidUtf8IsReplacedAndValidKept) {
  EXPECT_EQ(to_valid_utf8("na\xc3\xafve \xf0\x9f\x99\x82"), "na\xc3\xafve \xf0\x9f\x99\x82");
  EXPECT_EQ(to_valid_utf8("\xff"), "\xef\xbf\xbd");
  EXPECT_EQ(to_valid_utf8("\xc3"), "\xef\xbf\xbd") << "cut off";
  EXPECT_EQ(to_valid_utf8("\xc0\x80"), "\xef\xbf\xbd\xef\xbf\xbd") << "overlong";
  EXPECT_EQ(to_valid_utf8("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd") << "surrogate";
}

TEST(Parallel, EveryIndexIsWorkedOnceAndFinishedInOrder) {
  for (const std::size_t jobs : {1U, 2U, 5U}) {
    std::vector<std::atomic<int>> worked(200);
    std::vector<std::size_t> finished;
    parallel_in_order(
        worked.size(), jobs, 2 * jobs, [&](std::size_t, std::size_t i) { ++worked[i]; },
        [&](std::size_t i) {
          finished.push_back(i);
          return true;
        });
    EXPECT_TRUE(std::all_of(worked.begin(), worked.end(), [](const auto& n) { return n == 1; }));
    ASSERT_EQ(finished.size(), worked.size());
    EXPECT_TRUE(std::is_sorted(finished.begin(), finished.end()));
  }
}

TEST(Parallel, HoldsNoMoreResultsThanTheWindow) {
  constexpr std::size_t kWindow = 6;
  std::atomic<std::size_t> finished{0};
  std::atomic<bool> exceeded{false};
  parallel_in_order(
      500, 3, kWindow,
      [&](std::size_t, std::size_t i) {
        if (i >= finished + kWindow) {
          exceeded = true;
        }
      },
      [&](std::size_t) {
        ++finished;
        return true;
      });
  EXPECT_FALSE(exceeded);
}

TEST(Parallel, AWorkerRunsOneCallAtATime) {
  std::vector<std::atomic<int>> busy(4);
  std::atomic<bool> overlapped{false};
  parallel_in_order(
      300, 4, 8,
      [&](std::size_t worker, std::size_t) {
        if (++busy.at(worker) != 1) {
          overlapped = true;
        }
        --busy[worker];
      },
      [](std::size_t) { return true; });
  EXPECT_FALSE(overlapped);
}

TEST(Parallel, StopsWhenAskedAndPassesExceptionsOn) {
  for (const std::size_t jobs : {1U, 3U}) {
    std::size_t last = 0;
    parallel_in_order(
        1000, jobs, 2 * jobs, [](std::size_t, std::size_t) {},
        [&](std::size_t i) {
          last = i;
          return i < 10;
        });
    EXPECT_EQ(last, 10U);
    EXPECT_THROW(parallel_in_order(
                     100, jobs, 2 * jobs,
                     [](std::size_t, std::size_t i) {
                       if (i == 50) {
                         throw std::runtime_error("fifty");
                       }
                     },
                     [](std::size_t) { return true; }),
                 std::runtime_error);
  }
}

TEST(Parallel, NothingToDoIsDone) {
  parallel_in_order(
      0, 4, 8, [](std::size_t, std::size_t) { FAIL(); }, [](std::size_t) { return false; });
  EXPECT_GE(available_cores(), 1U);
}

TEST(Progress, DurationsReadAsAPersonSaysThem) {
  EXPECT_EQ(duration_text(41.2), "41 s");
  EXPECT_EQ(duration_text(143), "2 min 23 s");
  EXPECT_EQ(duration_text(11'100), "3 h 05 min");
}

}  // namespace
}  // namespace everyface
