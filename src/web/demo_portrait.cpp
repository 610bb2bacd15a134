#include "web/demo_portrait.h"

#include <algorithm>
#include <array>
#include <opencv2/imgproc.hpp>

#include "everyface/base/random.h"

namespace everyface::web {
namespace {

constexpr int kSide = 640;
constexpr int kShift = 3;  // coordinates in eighths of a pixel

using Colour = cv::Scalar;

// Blue, green, red. The Monk scale's swatches, the darkest three a little warmer: they are drawn as
// skin under a lamp.
const std::array<Colour, 10> kSkin = {
    Colour(228, 237, 246), Colour(219, 231, 243), Colour(208, 226, 245), Colour(176, 208, 230),
    Colour(140, 182, 212), Colour(92, 134, 172),  Colour(68, 98, 138),   Colour(56, 70, 104),
    Colour(40, 52, 78),    Colour(32, 40, 60)};
const std::array<Colour, 5> kHair = {Colour(14, 14, 20), Colour(22, 30, 48), Colour(30, 50, 86),
                                     Colour(120, 130, 138), Colour(60, 96, 150)};
const std::array<Colour, 6> kCloth = {Colour(60, 85, 200), Colour(66, 164, 224),
                                      Colour(90, 107, 47), Colour(93, 62, 122),
                                      Colour(127, 96, 53), Colour(79, 125, 90)};
const Colour kDay(150, 190, 226);

cv::Point at(double x, double y) {
  return {static_cast<int>(x * (1 << kShift)), static_cast<int>(y * (1 << kShift))};
}

void disc(cv::Mat& picture, double x, double y, double rx, double ry, const Colour& colour) {
  cv::ellipse(picture, at(x, y), cv::Size(at(rx, ry)), 0, 0, 360, colour, cv::FILLED, cv::LINE_AA,
              kShift);
}

void arc(cv::Mat& picture, double x, double y, double rx, double ry, double from, double to,
         const Colour& colour, int width) {
  cv::ellipse(picture, at(x, y), cv::Size(at(rx, ry)), 0, from, to, colour, width, cv::LINE_AA,
              kShift);
}

}  // namespace

DemoPortrait draw_portrait(int monk_tone, bool night, std::uint64_t seed) {
  Random random(seed);
  const auto between = [&random](double low, double high) {
    return low + (high - low) * random.uniform();
  };
  const Colour skin = kSkin.at(static_cast<std::size_t>(std::clamp(monk_tone, 1, 10) - 1));
  const Colour shade = skin * 0.8;
  const Colour hair = kHair.at(random.below(kHair.size()));
  const Colour cloth = kCloth.at(random.below(kCloth.size()));
  const double x = between(280, 360);
  const double y = between(270, 320);
  const double rx = between(105, 130);
  const double ry = rx * between(1.2, 1.35);
  cv::Mat picture(kSide, kSide, CV_8UC3, kDay * between(0.75, 1.0));
  disc(picture, between(0, 640), between(0, 640), 240, 240, kDay * between(0.6, 1.05));

  const double volume = between(1.05, 1.4);
  disc(picture, x, y - ry * 0.25, rx * volume, ry * 0.95, hair);
  disc(picture, x, kSide + 40, 250, 200, cloth);
  cv::rectangle(picture,
                cv::Rect(cv::Point(static_cast<int>(x - rx * 0.4), static_cast<int>(y)),
                         cv::Size(static_cast<int>(rx * 0.8), static_cast<int>(ry * 1.35))),
                shade, cv::FILLED);
  disc(picture, x, y, rx, ry, skin);
  arc(picture, x, y - ry * 0.35, rx * 1.02, ry * 0.72, 190, 350, hair, 34);

  const Colour ink(18, 22, 34);
  for (const double side : {-1.0, 1.0}) {
    disc(picture, x + side * rx * 0.4, y - ry * 0.08, rx * 0.15, ry * 0.06, Colour(236, 240, 244));
    disc(picture, x + side * rx * 0.4, y - ry * 0.08, rx * 0.065, ry * 0.06, ink);
    arc(picture, x + side * rx * 0.4, y - ry * 0.16, rx * 0.2, ry * 0.07, 200, 340, hair, 7);
  }
  arc(picture, x, y + ry * 0.2, rx * 0.14, ry * 0.06, 20, 160, shade * 0.8, 6);
  arc(picture, x, y + ry * 0.42, rx * 0.34, ry * between(0.05, 0.16), 15, 165,
      Colour(70, 70, 150) * between(0.6, 1.0), 9);
  cv::GaussianBlur(picture, picture, cv::Size(), 1.2);
  if (night) {
    picture *= 0.25;
  }
  // A little of what every sensor adds.
  for (int row = 0; row < picture.rows; ++row) {
    auto* pixel = picture.ptr<std::uint8_t>(row);
    for (int i = 0; i < picture.cols * 3; ++i) {
      pixel[i] = cv::saturate_cast<std::uint8_t>(pixel[i] + between(-4, 4));
    }
  }
  return {picture, {x - rx, y - ry, x + rx, y + ry}};
}

}  // namespace everyface::web
