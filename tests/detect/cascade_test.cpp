#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>
#include <optional>
#include <string>
#include <vector>

#include "everyface/detect/detector.h"
#include "everyface/nn/registry.h"
#include "support.h"
#include "tests/testing.h"

namespace everyface {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

struct CascadeCase {
  const char* detector;
  const char* file;
};

class CascadeTest : public testing::OneThreadTest,
                    public ::testing::WithParamInterface<CascadeCase> {
 protected:
  void SetUp() override {
    OneThreadTest::SetUp();
    if (const char* before = std::getenv("EVERYFACE_CASCADES")) {
      before_ = before;
    }
    ::unsetenv("EVERYFACE_CASCADES");
  }
  void TearDown() override {
    if (before_) {
      ::setenv("EVERYFACE_CASCADES", before_->c_str(), 1);
    } else {
      ::unsetenv("EVERYFACE_CASCADES");
    }
    OneThreadTest::TearDown();
  }
  [[nodiscard]] Result<std::unique_ptr<Detector>> make(const DetectorOptions& options = {}) const {
    return DetectorSpec::parse(GetParam().detector)->make(options, *models_);
  }
  [[nodiscard]] static std::string file() {
    return "/usr/share/opencv4/" + std::string(GetParam().file);
  }

  testing::TemporaryFolder folder_;
  Result<ModelRegistry> models_ = ModelRegistry::open(folder_.path(), "");

 private:
  std::optional<std::string> before_;
};

INSTANTIATE_TEST_SUITE_P(
    Cascades, CascadeTest,
    ::testing::Values(CascadeCase{"haar", "haarcascades/haarcascade_frontalface_default.xml"},
                      CascadeCase{"lbp", "lbpcascades/lbpcascade_frontalface.xml"}),
    [](const auto& cascade) { return std::string(cascade.param.detector); });

TEST_P(CascadeTest, FromHalfOnFindsWhatOpenCVsDefaultFinds) {
  EVERYFACE_NEEDS_SHARED("data/wider");
  auto detector = make();
  ASSERT_TRUE(detector) << (detector ? "" : detector.error().message);
  cv::CascadeClassifier peer(file());
  std::size_t compared = 0;
  std::size_t below_half = 0;
  for (const char* photo :
       {"wider/image/0_Parade_Parade_0_102.jpg", "wider/image/0_Parade_marchingband_1_1004.jpg",
        "wider/image/4_Dancing_Dancing_4_228.jpg",
        "wider/image/2_Demonstration_Political_Rally_2_107.jpg",
        "lfw/image/Aaron_Sorkin/Aaron_Sorkin_0001.jpg",
        "lfw/image/Geraldine_Chaplin/Geraldine_Chaplin_0001.jpg"}) {
    const cv::Mat bgr = testing::shared_photo(photo);
    cv::Mat grey;
    cv::cvtColor(bgr, grey, cv::COLOR_BGR2GRAY);
    std::vector<cv::Rect> expected;
    peer.detectMultiScale(grey, expected);
    std::vector<cv::Rect> found;
    for (const Face& face : (*detector)->detect(bgr)) {
      EXPECT_FALSE(face.landmarks);
      if (face.score >= 0.5) {
        found.emplace_back(static_cast<int>(face.box.x1), static_cast<int>(face.box.y1),
                           static_cast<int>(face.box.width()), static_cast<int>(face.box.height()));
      } else {
        ++below_half;
      }
    }
    const auto by_place = [](const cv::Rect& a, const cv::Rect& b) {
      return std::tie(a.x, a.y, a.width) < std::tie(b.x, b.y, b.width);
    };
    std::sort(expected.begin(), expected.end(), by_place);
    std::sort(found.begin(), found.end(), by_place);
    EXPECT_EQ(found, expected) << photo;
    compared += expected.size();
  }
  EXPECT_GT(compared, 3U);
  EXPECT_GT(below_half, 0U) << "scores below one half are returned as well";
}

TEST_P(CascadeTest, FindsNothingInOnePixelOrAnEvenGrey) {
  auto detector = make({.min_score = 0});
  ASSERT_TRUE(detector) << (detector ? "" : detector.error().message);
  EXPECT_TRUE((*detector)->detect(cv::Mat(1, 1, CV_8UC3, cv::Scalar::all(80))).empty());
  EXPECT_TRUE((*detector)->detect(cv::Mat(1, 300, CV_8UC3, cv::Scalar::all(80))).empty());
  EXPECT_TRUE((*detector)->detect(cv::Mat(200, 300, CV_8UC3, cv::Scalar::all(128))).empty());
}

TEST_P(CascadeTest, ReadsFromTheFolderThatIsSet) {
  fs::copy_file(file(), folder_.path() / fs::path(file()).filename());
  ::setenv("EVERYFACE_CASCADES", folder_.path().c_str(), 1);
  EXPECT_TRUE(make());
}

TEST_P(CascadeTest, AMissingFileIsAnErrorThatNamesThePackage) {
  ::setenv("EVERYFACE_CASCADES", folder_.path().c_str(), 1);
  const auto detector = make();
  ASSERT_FALSE(detector);
  EXPECT_THAT(detector.error().message, HasSubstr("opencv-data"));
  EXPECT_THAT(detector.error().message, HasSubstr(folder_.path().string()));
}

TEST_P(CascadeTest, AFileThatIsNoCascadeIsAnError) {
  for (const char* content :
       {"", "<?xml version=\"1.0\"?><opencv_storage></opencv_storage>", "x"}) {
    std::ofstream(folder_.path() / fs::path(file()).filename()) << content;
    ::setenv("EVERYFACE_CASCADES", folder_.path().c_str(), 1);
    const auto detector = make();
    ASSERT_FALSE(detector);
    EXPECT_THAT(detector.error().message, HasSubstr("cannot read"));
    EXPECT_EQ(detector.error().message.find('\n'), std::string::npos);
  }
}

}  // namespace
}  // namespace everyface
