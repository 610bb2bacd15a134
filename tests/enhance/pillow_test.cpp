#include "enhance/pillow.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "everyface/base/hash.h"
#include "everyface/base/text.h"
#include "everyface/image/photo.h"
#include "everyface/nn/registry.h"
#include "tests/testing.h"

namespace everyface {
namespace {

struct Case {
  std::string method;
  double value;
};

std::vector<Case> cases_of_all_methods() {
  std::vector<Case> cases;
  for (const char* method : {"pil-brightness", "pil-contrast", "pil-color", "pil-sharpness"}) {
    for (const double factor : {0.0, 0.3, 0.5, 0.9, 1.0, 1.1, 1.5, 2.0, 3.7, 8.0}) {
      cases.push_back({method, factor});
    }
  }
  for (const double cutoff : {0.0, 0.5, 2.0, 30.0}) {
    cases.push_back({"pil-autocontrast", cutoff});
  }
  cases.push_back({"pil-equalize", 0});
  return cases;
}

void apply(const Case& use, Pixels& photo) {
  const auto& methods = pillow_methods();
  const auto method = std::find_if(methods.begin(), methods.end(),
                                   [&](const Method& m) { return m.name == use.method; });
  ASSERT_NE(method, methods.end()) << use.method;
  ParameterValues values;
  for (const Parameter& parameter : method->parameters) {
    values[parameter.name] = use.value;
  }
  static const auto models = ModelRegistry::open("/nowhere", "");
  ASSERT_TRUE(models);
  auto enhancer = method->make(values, *models);
  ASSERT_TRUE(enhancer);
  (*enhancer)->apply(photo);
}

cv::Mat enhanced(const Case& use, const cv::Mat& bgr) {
  Pixels photo(bgr.clone());
  apply(use, photo);
  return photo.bytes();
}

std::string rgb_bytes(const cv::Mat& bgr) {
  cv::Mat rgb;
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
  return {reinterpret_cast<const char*>(rgb.data), rgb.total() * 3};
}

bool python_has_pillow() {
  return std::system("/usr/bin/python3 -c 'import PIL' >/dev/null 2>&1") == 0;  // NOLINT
}

/// Pillow at work on the cases of each photo, in a process of its own, while the test computes its
/// own answers.
class Pillow {
 public:
  Pillow(const std::vector<cv::Mat>& photos, const std::vector<std::vector<Case>>& cases) {
    std::ofstream file(folder_.path() / "photos", std::ios::binary);
    for (const cv::Mat& photo : photos) {
      const std::int32_t size[] = {photo.cols, photo.rows};
      file.write(reinterpret_cast<const char*>(size), sizeof(size));
      file << rgb_bytes(photo);
    }
    std::ofstream list(folder_.path() / "cases");
    for (std::size_t index = 0; index < cases.size(); ++index) {
      for (const Case& use : cases[index]) {
        list << index << ' ' << use.method << ' ' << shortest_number(use.value) << '\n';
      }
    }
    file.close();
    list.close();
    const auto script = testing::source_folder() / "tests" / "enhance" / "pillow_reference.py";
    const std::string command = "/usr/bin/python3 '" + script.string() + "' '" +
                                (folder_.path() / "photos").string() + "' '" +
                                (folder_.path() / "cases").string() + "'";
    pipe_ = ::popen(command.c_str(), "r");  // NOLINT(cert-env33-c)
  }
  Pillow(const Pillow&) = delete;
  Pillow& operator=(const Pillow&) = delete;
  ~Pillow() { ::pclose(pipe_); }

  /// The SHA-256 of the next answer: the cases of the first photo, of the second, ...
  std::string next() {
    char line[80] = "";
    return std::fgets(line, sizeof(line), pipe_) != nullptr ? std::string(trim(line)) : "nothing";
  }

 private:
  testing::TemporaryFolder folder_;
  std::FILE* pipe_ = nullptr;
};

void expect_equal_to_pillow(const std::vector<cv::Mat>& photos,
                            const std::vector<std::vector<Case>>& cases) {
  Pillow pillow(photos, cases);
  int different = 0;
  for (std::size_t index = 0; index < photos.size(); ++index) {
    for (const Case& use : cases[index]) {
      const auto ours = sha256_hex(rgb_bytes(enhanced(use, photos[index])));
      if (ours != pillow.next() && ++different <= 10) {
        ADD_FAILURE() << use.method << '(' << use.value << ") differs on photo " << index << ", "
                      << photos[index].size();
      }
    }
  }
  EXPECT_EQ(different, 0);
}

TEST(PillowMethods, BlendByHand) {
  const cv::Mat photo(1, 1, CV_8UC3, cv::Scalar(10, 101, 255));
  // Fractions are dropped: 101 x 0.5 = 50.5, 10 x 1.5 = 15.
  EXPECT_EQ(enhanced({"pil-brightness", 0.5}, photo).at<cv::Vec3b>(0), cv::Vec3b(5, 50, 127));
  EXPECT_EQ(enhanced({"pil-brightness", 1.5}, photo).at<cv::Vec3b>(0), cv::Vec3b(15, 151, 255));
  // Grey is (255 x 19595 + 101 x 38470 + 10 x 7471 + 32768) / 65536 = 137.17...
  EXPECT_EQ(enhanced({"pil-color", 0}, photo).at<cv::Vec3b>(0), cv::Vec3b(137, 137, 137));
  EXPECT_EQ(enhanced({"pil-contrast", 0}, photo).at<cv::Vec3b>(0), cv::Vec3b(137, 137, 137));
  EXPECT_EQ(enhanced({"pil-color", 2}, photo).at<cv::Vec3b>(0), cv::Vec3b(0, 65, 255));
}

TEST(PillowMethods, StretchByHand) {
  cv::Mat photo(1, 3, CV_8UC3);
  for (int column = 0; column < 3; ++column) {
    photo.at<cv::Vec3b>(column) = cv::Vec3b::all(static_cast<uchar>(100 + column));
  }
  const cv::Mat stretched = enhanced({"pil-autocontrast", 0}, photo);
  EXPECT_EQ(stretched.at<cv::Vec3b>(0), cv::Vec3b::all(0));
  EXPECT_EQ(stretched.at<cv::Vec3b>(1), cv::Vec3b::all(127));
  EXPECT_EQ(stretched.at<cv::Vec3b>(2), cv::Vec3b::all(255));
}

TEST(PillowMethods, FactorOneLeavesThePhotoAsItIs) {
  cv::Mat photo(31, 17, CV_8UC3);
  cv::randu(photo, 0, 256);
  for (const char* method : {"pil-brightness", "pil-contrast", "pil-color", "pil-sharpness"}) {
    EXPECT_EQ(cv::norm(enhanced({method, 1}, photo), photo, cv::NORM_INF), 0) << method;
  }
}

TEST(PillowMethods, RoundFloatsFirst) {
  cv::Mat floats(13, 11, CV_32FC3);
  cv::randu(floats, -20, 280);
  cv::Mat rounded;
  floats.convertTo(rounded, CV_8U);
  for (const Case& use : cases_of_all_methods()) {
    Pixels photo(floats.clone());
    apply(use, photo);
    EXPECT_EQ(cv::norm(photo.bytes(), enhanced(use, rounded), cv::NORM_INF), 0)
        << use.method << ' ' << use.value;
    // Nothing between the levels is left.
    cv::Mat back;
    photo.bytes().convertTo(back, CV_32F);
    EXPECT_EQ(cv::norm(photo.floats(), back, cv::NORM_INF), 0) << use.method;
  }
}

TEST(PillowMethods, TakeTheCurvesBeforeThemIntoAccount) {
  cv::Mat photo(20, 30, CV_8UC3);
  cv::randu(photo, 0, 256);
  for (const Case& use : cases_of_all_methods()) {
    Pixels curved(photo.clone());
    curved.apply_curve(
        [](float value, int channel) { return value * 0.7F + 10 * static_cast<float>(channel); });
    const cv::Mat before = curved.bytes().clone();
    apply(use, curved);
    EXPECT_EQ(cv::norm(curved.bytes(), enhanced(use, before), cv::NORM_INF), 0)
        << use.method << ' ' << use.value;
  }
}

TEST(PillowMethods, LeaveTheCallersPixelsAlone) {
  for (const Case& use : cases_of_all_methods()) {
    cv::Mat mine(9, 7, CV_8UC3);
    cv::randu(mine, 0, 256);
    const cv::Mat copy = mine.clone();
    Pixels photo(mine);
    apply(use, photo);
    EXPECT_EQ(cv::norm(mine, copy, cv::NORM_INF), 0) << use.method;
  }
}

TEST(PillowMethods, EqualPillowOnSmallAndExtremePhotos) {
  if (!python_has_pillow()) {
    GTEST_SKIP() << "needs python3-pil";
  }
  std::vector<cv::Mat> photos;
  cv::RNG random(11);
  for (const cv::Size size :
       {cv::Size(1, 1), cv::Size(2, 3), cv::Size(3, 2), cv::Size(3, 3), cv::Size(1, 40),
        cv::Size(40, 1), cv::Size(4, 3), cv::Size(64, 48), cv::Size(101, 67)}) {
    cv::Mat noise(size, CV_8UC3);
    random.fill(noise, cv::RNG::UNIFORM, 0, 256);
    photos.push_back(noise);
    cv::Mat narrow(size, CV_8UC3);
    random.fill(narrow, cv::RNG::UNIFORM, 120, 124);
    photos.push_back(narrow);
    cv::Mat plane(size, CV_8U);
    random.fill(plane, cv::RNG::NORMAL, 40, 20);
    cv::Mat grey;
    cv::merge(std::vector<cv::Mat>(3, plane), grey);
    photos.push_back(grey);
    for (const int level : {0, 1, 128, 255}) {
      photos.emplace_back(size, CV_8UC3, cv::Scalar::all(level));
    }
    photos.emplace_back(size, CV_8UC3, cv::Scalar(255, 0, 3));
  }
  cv::Mat ramp(256, 256, CV_8UC3);
  for (int row = 0; row < 256; ++row) {
    for (int column = 0; column < 256; ++column) {
      ramp.at<cv::Vec3b>(row, column) = cv::Vec3b(
          static_cast<uchar>(row), static_cast<uchar>(column), static_cast<uchar>(255 - row));
    }
  }
  photos.push_back(ramp);
  expect_equal_to_pillow(photos, {photos.size(), cases_of_all_methods()});
}

TEST(PillowMethods, EqualPillowOnEveryPhoto) {
  EVERYFACE_NEEDS_SHARED("data/photos");
  if (!python_has_pillow()) {
    GTEST_SKIP() << "needs python3-pil";
  }
  const auto found = find_photos({testing::shared_folder() / "data" / "photos"});
  ASSERT_FALSE(found.photos.empty());
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr std::size_t kStep = 20;  // the sanitizers are after memory and races, not arithmetic
#else
  constexpr std::size_t kStep = 1;
#endif
  const auto all = cases_of_all_methods();
  std::vector<cv::Mat> photos;
  std::vector<std::vector<Case>> cases;
  for (std::size_t index = 0; index < found.photos.size(); index += kStep) {
    const auto photo = load_photo(found.photos[index].file);
    ASSERT_TRUE(photo) << photo.error().message;
    photos.push_back(photo->pixels);
    // Half of the factors of each method on one photo, the others on the next: all of them on all
    // take Pillow half a minute.
    cases.emplace_back();
    for (std::size_t use = photos.size() % 2; use < all.size(); use += 2) {
      cases.back().push_back(all[use]);
    }
  }
  expect_equal_to_pillow(photos, cases);
}

}  // namespace
}  // namespace everyface
