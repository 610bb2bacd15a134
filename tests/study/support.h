// Small data sets for the study's tests.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <string>

#include "everyface/base/file.h"
#include "everyface/image/photo.h"
#include "everyface/nn/registry.h"
#include "everyface/study/study.h"
#include "tests/testing.h"

namespace everyface::testing {

/// A drawn face that the cascades take for one: skin, eyes, brows, nose and mouth as dark shapes on
/// a light oval. Nobody's face, so it may be anywhere.
inline cv::Mat draw_face(int side, cv::Scalar background = {120, 140, 90}) {
  cv::Mat photo(side, side, CV_8UC3, background);
  const auto at = [side](double x, double y) {
    return cv::Point(static_cast<int>(x * side), static_cast<int>(y * side));
  };
  const auto size = [side](double w, double h) {
    return cv::Size(static_cast<int>(w * side), static_cast<int>(h * side));
  };
  cv::ellipse(photo, at(0.5, 0.5), size(0.27, 0.36), 0, 0, 360, {170, 190, 225}, -1, cv::LINE_AA);
  for (const double x : {0.39, 0.61}) {
    cv::ellipse(photo, at(x, 0.43), size(0.065, 0.03), 0, 0, 360, {60, 60, 80}, -1, cv::LINE_AA);
    cv::ellipse(photo, at(x, 0.36), size(0.085, 0.018), 0, 0, 360, {50, 55, 70}, -1, cv::LINE_AA);
  }
  cv::ellipse(photo, at(0.5, 0.56), size(0.035, 0.02), 0, 0, 360, {120, 140, 180}, -1, cv::LINE_AA);
  cv::ellipse(photo, at(0.5, 0.68), size(0.1, 0.03), 0, 0, 360, {90, 80, 150}, -1, cv::LINE_AA);
  cv::GaussianBlur(photo, photo, {}, side / 120.0);
  return photo;
}

inline ModelRegistry no_models(const std::filesystem::path& empty_folder) {
  return ModelRegistry::open(empty_folder, "").value();
}

/// A CSV data set of drawn faces with boxes and a group, in `folder`/photos.csv.
inline void write_faces(const std::filesystem::path& folder, int count) {
  std::string csv = "path,x1,y1,x2,y2,tone\n";
  for (int i = 0; i < count; ++i) {
    const int side = 90 + 3 * i;
    const std::string name = "face" + std::to_string(100 + i) + ".png";
    EXPECT_TRUE(save_photo(folder / name, draw_face(side, {90.0 + 5 * i, 140, 90})).ok());
    csv += name + "," + std::to_string(0.23 * side) + "," + std::to_string(0.2 * side) + "," +
           std::to_string(0.77 * side) + "," + std::to_string(0.8 * side) +
           (i % 2 == 0 ? ",light\n" : ",dark\n");
  }
  EXPECT_TRUE(write_file_atomic(folder / "photos.csv", csv).ok());
}

/// Two chains, two exposures, the haar cascade.
inline StudyRequest small_request(const std::filesystem::path& folder) {
  StudyRequest request;
  request.dataset_kind = "csv";
  request.dataset_path = (folder / "photos.csv").string();
  request.enhancers = parse_chains("none,gaussian(sigma=1)+gain").value();
  request.detectors = parse_detectors("haar").value();
  request.exposures_ev = {0, -4};
  request.min_score = 0.25;
  return request;
}

}  // namespace everyface::testing
