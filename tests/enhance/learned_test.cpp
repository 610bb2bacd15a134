#include "enhance/learned.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "everyface/image/photo.h"
#include "everyface/nn/network.h"
#include "everyface/nn/registry.h"
#include "tests/testing.h"

namespace everyface {
namespace {

constexpr const char* kMethods[] = {"zero-dce", "zero-dce-pp", "sgz",
                                    "sci-easy", "sci-medium",  "sci-difficult"};
constexpr int kUntiled = 1 << 20;

ModelRegistry models() {
  return ModelRegistry::open("/nowhere", (testing::shared_folder() / "models").string()).value();
}

cv::Mat enhanced(const std::string& method, const cv::Mat& photo, int tile) {
  auto enhancer = make_learned(method, models(), tile);
  EXPECT_TRUE(enhancer) << enhancer.error().message;
  Pixels pixels(photo.clone());
  (*enhancer)->apply(pixels);
  return pixels.floats().clone();
}

cv::Mat noise(cv::Size size) {
  cv::Mat photo(size, CV_8UC3);
  cv::RNG random(static_cast<std::uint64_t>(size.area()));
  random.fill(photo, cv::RNG::UNIFORM, 0, 90);
  return photo;
}

TEST(Tiles, CoverThePhotoOnceAndHoldTheMargin) {
  for (const cv::Size photo :
       {cv::Size(1, 1), cv::Size(7, 3), cv::Size(100, 64), cv::Size(257, 31), cv::Size(33, 90)}) {
    for (const int tile : {1, 5, 32, 64, 1000}) {
      for (const int margin : {0, 3, 7}) {
        cv::Mat covered(photo, CV_32S, cv::Scalar(0));
        const auto tiles = plan_tiles(photo, tile, margin);
        for (const Tile& one : tiles) {
          covered(one.output) += 1;
          EXPECT_LE(one.output.width, tile);
          EXPECT_LE(one.output.height, tile);
          EXPECT_EQ(one.input.size(), tiles.front().input.size());
          const cv::Rect needed =
              cv::Rect(one.output.x - margin, one.output.y - margin, one.output.width + 2 * margin,
                       one.output.height + 2 * margin) &
              cv::Rect(cv::Point(), photo);
          EXPECT_EQ(one.input & needed, needed);
          EXPECT_EQ(one.input & cv::Rect(cv::Point(), photo), one.input);
        }
        EXPECT_EQ(cv::countNonZero(covered != 1), 0) << photo << ' ' << tile << ' ' << margin;
      }
    }
  }
}

TEST(Learned, NamesItsModels) {
  std::vector<std::string> names;
  const auto registry = ModelRegistry::open("/nowhere", "");
  ASSERT_TRUE(registry);
  for (const Method& method : learned_methods()) {
    names.push_back(method.name);
    EXPECT_TRUE(registry->find(method.model)) << method.name;
    const auto made = method.make({}, *registry);
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message,
                ::testing::HasSubstr("everyface models fetch " + method.model));
  }
  EXPECT_THAT(names, ::testing::ElementsAreArray(kMethods));
}

TEST(Learned, EqualsTheAuthorsOutputs) {
  EVERYFACE_NEEDS_SHARED("data/reference/enhance");
  EVERYFACE_NEEDS_SHARED("models");
  const auto shared = testing::shared_folder() / "data";
  for (const Method& method : learned_methods()) {
    auto enhancer = method.make({}, models());
    ASSERT_TRUE(enhancer) << enhancer.error().message;
    for (const std::string frame : {"4", "11"}) {
      std::filesystem::path file = shared / "darkface" / "image" / frame;
      file += ".png";
      const auto photo = load_photo(file);
      ASSERT_TRUE(photo) << photo.error().message;
      const cv::Mat reference = cv::imread(
          (shared / "reference" / "enhance" / (method.name + "_" + frame + ".png")).string());
      ASSERT_EQ(reference.size(), photo->pixels.size());
      Pixels pixels(photo->pixels);
      (*enhancer)->apply(pixels);
      cv::Mat difference;
      cv::absdiff(pixels.bytes(), reference, difference);
      // A pixel is as far off as its worst channel.
      int off = 0;
      difference = difference.reshape(1, static_cast<int>(difference.total()));
      cv::reduce(difference, difference, 1, cv::REDUCE_MAX);
      off = cv::countNonZero(difference > 1);
      const double share = off / static_cast<double>(difference.total());
      double worst = 0;
      cv::minMaxIdx(difference, nullptr, &worst);
      RecordProperty(method.name + "_" + frame,
                     std::to_string(share) + " off, worst " + std::to_string(worst));
      EXPECT_LE(share, 0.001) << method.name << " on frame " << frame << ", worst " << worst;
    }
  }
}

TEST(Learned, TilesLeaveNoSeams) {
  EVERYFACE_NEEDS_SHARED("models");
  const cv::Mat small = noise({101, 77});
  const cv::Mat large = noise({12 * 41 - 5, 12 * 30 - 1});  // 41 x 30 after reduction
  for (const std::string method : kMethods) {
    const bool reduced = method == "zero-dce-pp" || method == "sgz";
    const cv::Mat& photo = reduced ? large : small;
    const cv::Mat whole = enhanced(method, photo, kUntiled);
    for (const int tile : {16, 37}) {
      EXPECT_LE(cv::norm(enhanced(method, photo, tile), whole, cv::NORM_INF), 255 * 1e-5)
          << method << " with tiles of " << tile;
    }
  }
}

TEST(Learned, TakesPhotosOfAnySize) {
  EVERYFACE_NEEDS_SHARED("models");
  for (const std::string method : kMethods) {
    auto enhancer = make_learned(method, models(), 64);
    ASSERT_TRUE(enhancer);
    for (const cv::Size size :
         {cv::Size(1, 1), cv::Size(2, 1), cv::Size(1, 5), cv::Size(5, 6), cv::Size(11, 13),
          cv::Size(12, 12), cv::Size(13, 25), cv::Size(70, 3)}) {
      const cv::Mat photo = noise(size);
      Pixels pixels(photo.clone());
      (*enhancer)->apply(pixels);
      const cv::Mat& result = pixels.floats();
      ASSERT_EQ(result.size(), size) << method;
      EXPECT_TRUE(cv::checkRange(result, true, nullptr, 0, 255.0001)) << method << size;
      EXPECT_GE(cv::sum(cv::sum(result))[0], 0.9 * cv::sum(cv::sum(photo))[0]) << method << size;
    }
  }
}

/// zero-dce-pp and sgz written down plainly: the photo really padded, the whole map enlarged.
cv::Mat plain_reduced_curve(const std::string& model, const cv::Mat& photo) {
  const int width = (photo.cols + 11) / 12;
  const int height = (photo.rows + 11) / 12;
  cv::Mat padded;
  cv::copyMakeBorder(photo, padded, 0, 12 * height - photo.rows, 0, 12 * width - photo.cols,
                     cv::BORDER_REFLECT_101);
  cv::Mat reduced(height, width, CV_32FC3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) {
        reduced.at<cv::Vec3f>(y, x)[c] =
            static_cast<float>(padded.at<cv::Vec3b>(12 * y + 5, 12 * x + 5)[c] +
                               padded.at<cv::Vec3b>(12 * y + 5, 12 * x + 6)[c] +
                               padded.at<cv::Vec3b>(12 * y + 6, 12 * x + 5)[c] +
                               padded.at<cv::Vec3b>(12 * y + 6, 12 * x + 6)[c]) /
            4;
      }
    }
  }
  auto network = Network::load(models(), model);
  constexpr float kScale = 1 / 255.0F;
  const cv::Mat map =
      network->run(to_blob(reduced, {.rgb = true, .scale = {kScale, kScale, kScale}})).front();
  cv::Mat result(photo.size(), CV_32FC3);
  for (int y = 0; y < photo.rows; ++y) {
    const double row = height > 1 ? y * (height - 1.0) / (12 * height - 1) : 0.0;
    const int y0 = static_cast<int>(row);
    const int y1 = std::min(y0 + 1, height - 1);
    for (int x = 0; x < photo.cols; ++x) {
      const double column = width > 1 ? x * (width - 1.0) / (12 * width - 1) : 0.0;
      const int x0 = static_cast<int>(column);
      const int x1 = std::min(x0 + 1, width - 1);
      for (int c = 0; c < 3; ++c) {
        const auto at = [&](int j, int i) {
          return static_cast<double>(map.ptr<float>(0, 2 - c, j)[i]);
        };
        const double upper = at(y0, x0) + (column - x0) * (at(y0, x1) - at(y0, x0));
        const double lower = at(y1, x0) + (column - x0) * (at(y1, x1) - at(y1, x0));
        const double rate = upper + (row - y0) * (lower - upper);
        double value = photo.at<cv::Vec3b>(y, x)[c] / 255.0;
        for (int step = 0; step < 8; ++step) {
          value += rate * (value * value - value);
        }
        result.at<cv::Vec3f>(y, x)[c] = static_cast<float>(std::clamp(value, 0.0, 1.0) * 255);
      }
    }
  }
  return result;
}

TEST(Learned, ReducedCurvesEqualThePlainForm) {
  EVERYFACE_NEEDS_SHARED("models");
  for (const cv::Size size :
       {cv::Size(1, 1), cv::Size(3, 14), cv::Size(12, 24), cv::Size(53, 37), cv::Size(144, 60)}) {
    const cv::Mat photo = noise(size);
    EXPECT_LE(cv::norm(enhanced("zero-dce-pp", photo, 256),
                       plain_reduced_curve("zero-dce-pp-curve", photo), cv::NORM_INF),
              0.01)
        << size;
  }
}

TEST(Learned, SciDividesByTheIllumination) {
  EVERYFACE_NEEDS_SHARED("models");
  const cv::Mat photo = noise({19, 23});
  auto network = Network::load(models(), "sci-medium-illumination");
  constexpr float kScale = 1 / 255.0F;
  const cv::Mat residual =
      network->run(to_blob(photo, {.rgb = true, .scale = {kScale, kScale, kScale}})).front();
  const cv::Mat result = enhanced("sci-medium", photo, 256);
  for (int y = 0; y < photo.rows; ++y) {
    for (int x = 0; x < photo.cols; ++x) {
      for (int c = 0; c < 3; ++c) {
        const float value = static_cast<float>(photo.at<cv::Vec3b>(y, x)[c]) / 255;
        const float light = std::clamp(residual.ptr<float>(0, 2 - c, y)[x] + value, 1e-4F, 1.0F);
        ASSERT_NEAR(result.at<cv::Vec3f>(y, x)[c], 255 * std::min(1.0F, value / light), 1e-3);
      }
    }
  }
}

TEST(Learned, ClipsFloatsBeforeTheNetwork) {
  EVERYFACE_NEEDS_SHARED("models");
  cv::Mat wild(20, 30, CV_32FC3);
  cv::randu(wild, -60, 320);
  cv::Mat tame;
  cv::max(wild, 0.0, tame);
  cv::min(tame, 255.0, tame);
  for (const std::string method : kMethods) {
    const cv::Mat result = enhanced(method, wild, 256);
    EXPECT_EQ(cv::norm(result, enhanced(method, tame, 256), cv::NORM_INF), 0) << method;
    EXPECT_TRUE(cv::checkRange(result, true, nullptr, 0, 255.0001)) << method;
  }
}

}  // namespace
}  // namespace everyface
