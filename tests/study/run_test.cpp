// The run: resumable, shardable, the same bytes whatever happens on the way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "study/run_store.h"
#include "tests/study/support.h"

namespace everyface {
namespace {

using testing::draw_face;
using ::testing::HasSubstr;
using testing::no_models;
using testing::small_request;
using testing::TemporaryFolder;
using testing::write_faces;

constexpr int kPhotos = 9;
constexpr std::size_t kRows = kPhotos * 4;

class StudyRun : public ::testing::Test {
 protected:
  StudyRun() { write_faces(folder_.path(), kPhotos); }

  RunOutcome run(const StudyRequest& request, const std::string& name, std::size_t jobs = 2) {
    const auto outcome = run_study(request, models_, path(name), jobs);
    EXPECT_TRUE(outcome.ok()) << (outcome.ok() ? "" : outcome.error().message);
    return outcome.ok() ? *outcome : RunOutcome{};
  }
  [[nodiscard]] std::filesystem::path path(const std::string& name) const {
    return folder_.path() / name;
  }
  [[nodiscard]] std::string results(const std::string& name) const {
    return read_file(path(name) / kResultsFile).value();
  }

  TemporaryFolder folder_;
  ModelRegistry models_ = no_models(folder_.path() / "models");
  StudyRequest request_ = small_request(folder_.path());
};

TEST_F(StudyRun, BytesDoNotDependOnTheNumberOfThreads) {
  EXPECT_EQ(run(request_, "one", 1).rows_computed, kRows);
  EXPECT_EQ(run(request_, "three", 3).rows_computed, kRows);
  EXPECT_EQ(results("one"), results("three"));
  EXPECT_THAT(results("one"), HasSubstr("\"faces\":[[")) << "no face found: the test is idle";
}

TEST_F(StudyRun, GoesOnFromEveryPlaceWhereItMayHaveBeenKilled) {
  run(request_, "whole");
  const std::string whole = results("whole");
  for (std::size_t length = 0; length <= whole.size(); length += whole.size() / 23 + 1) {
    run(request_, "cut");
    ASSERT_TRUE(write_file_atomic(path("cut") / kResultsFile, whole.substr(0, length)).ok());
    const RunOutcome outcome = run(request_, "cut");
    ASSERT_EQ(results("cut"), whole) << "cut to " << length << " bytes";
    EXPECT_EQ(outcome.rows_computed + outcome.rows_kept, kRows);
    EXPECT_FALSE(std::filesystem::exists(path("cut") / kPreviousFile));
  }
  EXPECT_EQ(run(request_, "cut").rows_computed, 0U) << "a finished run computes nothing";
}

TEST_F(StudyRun, LosesNothingWhenKilledWhileItReusesEarlierRows) {
  run(request_, "run");
  const std::string whole = results("run");
  // Killed in a resumed run: the earlier rows set aside, a few of them written again.
  std::filesystem::rename(path("run") / kResultsFile, path("run") / kPreviousFile);
  ASSERT_TRUE(
      write_file_atomic(path("run") / kResultsFile, whole.substr(0, whole.size() / 3)).ok());
  const RunOutcome outcome = run(request_, "run");
  EXPECT_EQ(outcome.rows_computed, 0U);
  EXPECT_EQ(results("run"), whole);
}

TEST_F(StudyRun, RedoesOnlyTheRowsOfAPhotoThatChanged) {
  run(request_, "run");
  ASSERT_TRUE(save_photo(path("face103.png"), draw_face(150)).ok());
  const RunOutcome outcome = run(request_, "run");
  EXPECT_EQ(outcome.rows_computed, 4U);
  EXPECT_EQ(outcome.rows_kept, kRows - 4);
  run(request_, "fresh");
  EXPECT_EQ(results("run"), results("fresh"));
}

TEST_F(StudyRun, RedoesOnlyTheRowsThatAnOptionTouches) {
  run(request_, "run");
  request_.seed = 2;  // the noise of the darkened photos; those at 0 EV have none
  EXPECT_EQ(run(request_, "run").rows_computed, kRows / 2);
  request_.min_score = 0.5;
  EXPECT_EQ(run(request_, "run").rows_computed, kRows);
  run(request_, "fresh");
  EXPECT_EQ(results("run"), results("fresh"));
}

TEST_F(StudyRun, RedoesAllRowsOfAnotherCascade) {
  run(request_, "run");
  const char* name = "haarcascade_frontalface_default.xml";
  const auto installed = read_file(std::filesystem::path("/usr/share/opencv4/haarcascades") / name);
  ASSERT_TRUE(installed);
  std::filesystem::create_directories(path("cascades"));
  ASSERT_TRUE(write_file_atomic(path("cascades") / name, *installed + "<!-- another -->\n"));
  ::setenv("EVERYFACE_CASCADES", path("cascades").c_str(), 1);
  EXPECT_EQ(run(request_, "run").rows_computed, kRows);
  ::unsetenv("EVERYFACE_CASCADES");
}

TEST_F(StudyRun, KeepsRowsThatAreNotAskedForUntilTheyAreAgain) {
  run(request_, "run");
  const std::string whole = results("run");
  StudyRequest fewer = request_;
  fewer.enhancers = parse_chains("gaussian(sigma=1)+gain").value();
  EXPECT_EQ(run(fewer, "run").rows_computed, 0U);
  EXPECT_TRUE(std::filesystem::exists(path("run") / kPreviousFile));
  EXPECT_EQ(run(request_, "run").rows_computed, 0U);
  EXPECT_EQ(results("run"), whole);
}

TEST_F(StudyRun, ShardsMergeToTheBytesOfOneRun) {
  run(request_, "whole");
  std::vector<std::filesystem::path> parts;
  for (std::size_t index = 4; index >= 1; --index) {
    request_.shard = {index, 4};
    run(request_, "part" + std::to_string(index));
    parts.push_back(path("part" + std::to_string(index)));
  }
  ASSERT_TRUE(merge_studies(parts, path("merged")).ok());
  EXPECT_EQ(results("merged"), results("whole"));
  EXPECT_EQ(read_file(path("merged") / "run.json").value(),
            read_file(path("whole") / "run.json").value());
}

TEST_F(StudyRun, MergeRefusesWhatDoesNotBelongTogether) {
  request_.shard = {1, 2};
  run(request_, "part1");
  const auto missing = merge_studies({path("part1")}, path("merged"));
  EXPECT_THAT(missing.error().message, HasSubstr("shard 2/2 is missing"));
  const auto part = summarise_study(path("part1"), models_, {0, 1});
  EXPECT_THAT(part.error().message, HasSubstr("part 1 of 2"));
  const auto onto_itself = merge_studies({path("part1")}, path("part1"));
  EXPECT_THAT(onto_itself.error().message, HasSubstr("one of its parts"));
  StudyRequest whole = request_;
  whole.shard = {};
  EXPECT_THAT(run_study(whole, models_, path("part1"), 1).error().message,
              HasSubstr("holds another part (1/2)"));
  const auto twice = merge_studies({path("part1"), path("part1")}, path("merged"));
  EXPECT_THAT(twice.error().message, HasSubstr("given twice"));
  request_.shard = {2, 2};
  request_.seed = 3;
  run(request_, "part2");
  const auto differs = merge_studies({path("part1"), path("part2")}, path("merged"));
  EXPECT_THAT(differs.error().message, HasSubstr("different requests"));
  request_.seed = 1;
  run(request_, "part2");
  const std::string half = results("part2").substr(0, results("part2").size() / 2);
  ASSERT_TRUE(write_file_atomic(path("part2") / kResultsFile, half).ok());
  const auto unfinished = merge_studies({path("part1"), path("part2")}, path("merged"));
  EXPECT_THAT(unfinished.error().message, HasSubstr("unfinished"));
}

TEST_F(StudyRun, BadPhotosAreOutcomesAndTheRestGoesOn) {
  ASSERT_TRUE(write_file_atomic(path("face104.png"), "").ok());
  ASSERT_TRUE(write_file_atomic(path("face105.png"), "not a photo at all").ok());
  std::filesystem::remove(path("face106.png"));
  const RunOutcome outcome = run(request_, "run");
  EXPECT_EQ(outcome.failed, 3U);
  EXPECT_EQ(outcome.rows_computed, kRows - 12);
  EXPECT_THAT(results("run"), HasSubstr("empty: the file has no bytes"));
  ASSERT_TRUE(save_photo(path("face104.png"), draw_face(120)).ok());
  EXPECT_EQ(run(request_, "run").failed, 2U) << "a photo that was mended is taken in";
}

TEST_F(StudyRun, TwoProcessesCannotWriteOneFolder) {
  run(request_, "run");
  const auto lock = FolderLock::take(path("run"));
  ASSERT_TRUE(lock.ok());
  const auto second = run_study(request_, models_, path("run"), 1);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().message, HasSubstr("another everyface process"));
}

TEST_F(StudyRun, AMissingModelIsAnErrorBeforeAnythingIsWritten) {
  request_.detectors = parse_detectors("yunet").value();
  const auto outcome = run_study(request_, models_, path("run"), 1);
  ASSERT_FALSE(outcome.ok());
  EXPECT_THAT(outcome.error().message, HasSubstr("everyface models fetch yunet-n"));
  EXPECT_FALSE(std::filesystem::exists(path("run") / "run.json"));
}

TEST_F(StudyRun, RequestsSurviveRunJson) {
  request_.groups = {"tone"};
  request_.scale = 1.5;
  request_.shard = {2, 3};
  run(request_, "run");
  const auto read = read_request(path("run"));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->groups, request_.groups);
  EXPECT_EQ(read->scale, 1.5);
  EXPECT_EQ(read->shard.index, 2U);
  EXPECT_EQ(read->enhancers[1].name(), "gaussian(sigma=1)+gain");
  EXPECT_THAT(read_request(folder_.path()).error().message, HasSubstr("run.json"));
}

TEST(RunStore, KeysAreFoundOnlyInWholeLines) {
  EXPECT_EQ(key_of_line("{\"image\":\"a\",\"key\":\"p.1\",\"faces\":[]}\n"), "p.1");
  EXPECT_EQ(key_of_line("{\"image\":\"a\",\"key\":\"p.1\""), "");
  EXPECT_EQ(key_of_line("{\"image\":\"\\\"key\\\":\\\"evil\\\"\",\"key\":\"p.2\"}\n"), "p.2");
  EXPECT_EQ(photo_of_key("abc.def"), "abc");
}

}  // namespace
}  // namespace everyface
