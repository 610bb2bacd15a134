#include "everyface/commons/photo_sandbox.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <thread>

#include "commons/worker_answer.h"
#include "everyface/image/photo.h"
#include "tests/commons/support.h"
#include "tests/testing.h"

namespace everyface {
namespace {

using testing::encoded;
using testing::encoded_heic;
using testing::exif_block;
using ::testing::HasSubstr;
using testing::jpeg_with_exif;
using testing::oriented_picture;

SandboxOptions with_worker(std::vector<std::string> arguments) {
  SandboxOptions options;
  options.workers = 1;
  options.wait_limit = options.time_limit = std::chrono::minutes(10);  // on a busy machine too
  options.command = {PHOTO_WORKER_PROGRAM};
  options.command.insert(options.command.end(), arguments.begin(), arguments.end());
  return options;
}

std::unique_ptr<PhotoSandbox> honest() {
  return std::move(PhotoSandbox::start(with_worker({"honest"}))).value();
}

PhotoProblem problem_of(const PhotoOutcome& outcome) { return std::get<PhotoProblem>(outcome); }

TEST(PhotoSandbox, GivesPixelsAJpegOfThemAndAThumbnail) {
  const auto sandbox = honest();
  const auto photo =
      std::get<CleanPhoto>(sandbox->clean(encoded(oriented_picture(800, 600), ".png")));
  EXPECT_EQ(photo.pixels.size(), cv::Size(800, 600));
  EXPECT_EQ(cv::norm(photo.pixels, oriented_picture(800, 600), cv::NORM_INF), 0);
  EXPECT_EQ(decode_photo(photo.jpeg, "kept.jpg").value().pixels.size(), cv::Size(800, 600));
  EXPECT_EQ(decode_photo(photo.thumbnail, "small.jpg").value().pixels.size(), cv::Size(320, 240));
  EXPECT_EQ(photo.signals.format, "PNG");
}

TEST(PhotoSandbox, KeepsNothingThatStoodBesideThePicture) {
  const auto sandbox = honest();
  std::string file = jpeg_with_exif(encoded(oriented_picture(64, 48), ".jpg"), exif_block({}));
  file += std::string("PK\3\4", 4) + "archive <script>alert(1)</script>";
  const auto photo = std::get<CleanPhoto>(sandbox->clean(file));
  EXPECT_TRUE(photo.signals.location);
  for (const std::string& kept : {photo.jpeg, photo.thumbnail}) {
    for (const char* trace : {"Exif", "Maker", "Editor", "52 30", "2026:01:02", "PK", "script"}) {
      EXPECT_EQ(kept.find(trace), std::string::npos) << trace;
    }
    EXPECT_EQ(kept.substr(kept.size() - 2), "\xff\xd9");
  }
}

TEST(PhotoSandbox, ReadsHeicInsideTheSandbox) {
  const auto sandbox = honest();
  const auto photo =
      std::get<CleanPhoto>(sandbox->clean(encoded_heic(oriented_picture(640, 480), "")));
  EXPECT_EQ(photo.signals.format, "HEIC");
  EXPECT_EQ(photo.pixels.size(), cv::Size(640, 480));
}

TEST(PhotoSandbox, ReadsEveryKindOfCodingInsideTheSandbox) {
  const auto sandbox = honest();
  const cv::Mat picture = oriented_picture(320, 240);
  cv::Mat deep;
  picture.convertTo(deep, CV_16U, 257);
  std::vector<unsigned char> progressive;
  cv::imencode(".jpg", picture, progressive, {cv::IMWRITE_JPEG_PROGRESSIVE, 1});
  std::vector<unsigned char> lossless;
  cv::imencode(".webp", picture, lossless, {cv::IMWRITE_WEBP_QUALITY, 101});
  for (const std::string& bytes :
       {std::string(progressive.begin(), progressive.end()),
        std::string(lossless.begin(), lossless.end()), encoded(deep, ".png"),
        encoded(picture, ".webp"), encoded(cv::Mat(240, 320, CV_8UC1, cv::Scalar(9)), ".jpg")}) {
    const auto outcome = sandbox->clean(bytes);
    ASSERT_TRUE(std::holds_alternative<CleanPhoto>(outcome)) << problem_code(problem_of(outcome));
  }
}

TEST(PhotoSandbox, RefusesBadFilesAndGoesOn) {
  const auto sandbox = honest();
  const std::string jpeg = encoded(oriented_picture(64, 48), ".jpg");
  std::string bomb = encoded(oriented_picture(64, 48), ".png");
  bomb.replace(16, 8, testing::big_endian(60'000, 4) + testing::big_endian(60'000, 4));
  EXPECT_EQ(problem_of(sandbox->clean("")), PhotoProblem::kEmpty);
  EXPECT_EQ(problem_of(sandbox->clean(std::string(kMaxUploadBytes + 1, 'x'))),
            PhotoProblem::kTooManyBytes);
  EXPECT_EQ(problem_of(sandbox->clean("<html>")), PhotoProblem::kNotAPhoto);
  EXPECT_EQ(problem_of(sandbox->clean(jpeg.substr(0, jpeg.size() / 2))), PhotoProblem::kCutOff);
  EXPECT_EQ(problem_of(sandbox->clean(bomb)), PhotoProblem::kTooManyPixels);
  EXPECT_TRUE(std::holds_alternative<CleanPhoto>(sandbox->clean(jpeg)));
  EXPECT_EQ(sandbox->counts().refused, 5U);
  EXPECT_EQ(sandbox->counts().cleaned, 1U);
}

TEST(PhotoSandbox, SeveralThreadsShareFewWorkers) {
  SandboxOptions options = with_worker({"honest"});
  options.workers = 2;
  const auto sandbox = std::move(PhotoSandbox::start(options)).value();
  std::vector<std::thread> threads;
  std::vector<int> widths(6, 0);
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&sandbox, &widths, i] {
      const int width = 40 + i;
      const auto outcome = sandbox->clean(encoded(oriented_picture(width, 30), ".png"));
      if (const auto* photo = std::get_if<CleanPhoto>(&outcome)) {
        widths[static_cast<std::size_t>(i)] = photo->pixels.cols;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_THAT(widths, ::testing::ElementsAre(40, 41, 42, 43, 44, 45));
}

class BadWorker : public ::testing::TestWithParam<const char*> {};

TEST_P(BadWorker, CostsOnePhotoAndIsReplaced) {
  const testing::TemporaryFolder folder;
  const std::string once = (folder.path() / "once").string();
  std::ofstream(once) << "the first worker misbehaves";
  const auto sandbox = std::move(PhotoSandbox::start(with_worker({GetParam(), once}))).value();
  const std::string photo = encoded(oriented_picture(64, 48), ".jpg");
  EXPECT_EQ(problem_of(sandbox->clean(photo)), PhotoProblem::kDecoderStopped);
  EXPECT_TRUE(std::holds_alternative<CleanPhoto>(sandbox->clean(photo)));
  EXPECT_EQ(sandbox->counts().stopped, 1U);
}

INSTANTIATE_TEST_SUITE_P(Each, BadWorker,
                         ::testing::Values("crashes", "opens-a-file", "babbles",
                                           "promises-too-much", "claims-a-long-answer"),
                         [](const auto& tested) {
                           std::string name = tested.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(PhotoSandbox, AWorkerThatHangsIsEndedAndReplaced) {
  const testing::TemporaryFolder folder;
  const std::string once = (folder.path() / "once").string();
  std::ofstream(once) << "the first worker hangs";
  SandboxOptions options = with_worker({"hangs", once});
  options.time_limit = std::chrono::milliseconds(300);
  const auto sandbox = std::move(PhotoSandbox::start(options)).value();
  EXPECT_EQ(problem_of(sandbox->clean("any bytes")), PhotoProblem::kTooSlow);
  EXPECT_EQ(problem_of(sandbox->clean("any bytes")), PhotoProblem::kNotAPhoto);
}

TEST(PhotoSandbox, TellsThatItIsBusyWhereNoWorkerIsFree) {
  SandboxOptions options = with_worker({"hangs"});
  options.time_limit = std::chrono::milliseconds(1500);
  options.waiting = 0;
  const auto sandbox = std::move(PhotoSandbox::start(options)).value();
  PhotoOutcome first = PhotoProblem::kEmpty;
  std::thread holds_the_worker([&] { first = sandbox->clean("any bytes"); });
  PhotoProblem second = PhotoProblem::kTooSlow;
  // Whoever comes second is refused; the loop is for the case that this thread came first.
  while (second == PhotoProblem::kTooSlow) {
    second = problem_of(sandbox->clean("any bytes"));
  }
  holds_the_worker.join();
  EXPECT_EQ(second, PhotoProblem::kBusy);
}

TEST(PhotoSandbox, DoesNotStartWithoutASandbox) {
  EXPECT_THAT(PhotoSandbox::start(with_worker({"has-no-sandbox"})).error().message,
              HasSubstr("closed sandbox"));
  SandboxOptions options;
  options.command = {"/no/such/program"};
  EXPECT_THAT(PhotoSandbox::start(options).error().message, HasSubstr("/no/such/program"));
}

TEST(WorkerAnswer, ComesBackAsItWasWritten) {
  WorkerAnswer answer;
  answer.signals = {"JPEG", 4000, 3000, true, false, true, "Editor"};
  answer.width = 400;
  answer.height = 300;
  const WorkerAnswer back = read_answer(write_answer(answer)).value();
  EXPECT_EQ(back.signals.software, "Editor");
  EXPECT_TRUE(back.signals.camera && back.signals.location && !back.signals.capture_time);
  EXPECT_EQ(back.width, 400);
  answer.problem = PhotoProblem::kCutOff;
  EXPECT_EQ(read_answer(write_answer(answer)).value().problem, PhotoProblem::kCutOff);
}

TEST(WorkerAnswer, IsRefusedWhereItIsNotPlausible) {
  for (
      const char* text :
      {"", "{}", "[]", "null", R"({"problem":"busy"})", R"({"problem":"no-such"})",
       R"({"problem":7})",
       R"({"format":"JPEG","stored_width":1,"stored_height":1,"camera":true,"capture_time":true,"location":true,"software":"","width":-1,"height":1})",
       R"({"format":"JPEG","stored_width":1,"stored_height":1,"camera":true,"capture_time":true,"location":true,"software":"","width":1e9,"height":1})",
       R"({"format":"JPEG","stored_width":1,"stored_height":1,"camera":true,"capture_time":true,"location":true,"software":"","width":4097,"height":1})",
       R"({"format":"JPEG\n","stored_width":1,"stored_height":1,"camera":true,"capture_time":true,"location":true,"software":"","width":1,"height":1})",
       R"({"format":"JPEG","stored_width":1,"stored_height":1,"camera":1,"capture_time":true,"location":true,"software":"","width":1,"height":1})"}) {
    EXPECT_FALSE(read_answer(text).ok()) << text;
  }
}

TEST(PhotoProblem, EveryProblemHasACodeAndWordsOfItsOwn) {
  std::vector<std::string_view> codes;
  std::vector<std::string> texts;
  for (int i = 0; i <= static_cast<int>(PhotoProblem::kBusy); ++i) {
    codes.push_back(problem_code(static_cast<PhotoProblem>(i)));
    texts.push_back(problem_text(static_cast<PhotoProblem>(i)));
    EXPECT_GT(texts.back().size(), 20U);
  }
  std::sort(codes.begin(), codes.end());
  std::sort(texts.begin(), texts.end());
  EXPECT_EQ(std::adjacent_find(codes.begin(), codes.end()), codes.end());
  EXPECT_EQ(std::adjacent_find(texts.begin(), texts.end()), texts.end());
}

}  // namespace
}  // namespace everyface
