// The before-and-after animation.
#include <fmt/format.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <opencv2/imgproc.hpp>

#include "everyface/base/file.h"
#include "everyface/base/text.h"
#include "everyface/image/photo.h"
#include "everyface/report/study_report.h"

namespace everyface {
namespace {

constexpr int kLongestSide = 960;
constexpr int kBarHeight = 34;
constexpr int kBeforeMs = 1200;
constexpr int kAfterMs = 1800;
constexpr float kQuality = 80;

/// Dash and gap in pixels; no gap: solid.
struct Stroke {
  cv::Scalar colour;  // blue, green, red: as on the page
  double dash = 0;
  double gap = 0;
  int width = 2;
};

Stroke stroke_of(DrawnBox::Kind kind) {
  switch (kind) {
    case DrawnBox::Kind::kTrue:
      return {{168, 230, 46}, 0, 0, 2};
    case DrawnBox::Kind::kFalse:
      return {{80, 122, 255}, 8, 5, 2};
    case DrawnBox::Kind::kMissed:
      return {{74, 216, 255}, 2, 5, 2};
    case DrawnBox::Kind::kUnlabelled:
      return {{255, 255, 255}, 0, 0, 1};
    case DrawnBox::Kind::kIgnored:
      return {{170, 170, 170}, 2, 6, 1};
  }
  return {};
}

/// The closed line through the points, with the stroke's dashes along its length.
void draw_outline(cv::Mat& picture, const std::vector<cv::Point2d>& points, const Stroke& stroke) {
  const double period = stroke.dash + stroke.gap;
  double along = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const cv::Point2d from = points[i];
    const cv::Point2d step = points[(i + 1) % points.size()] - from;
    const double length = std::hypot(step.x, step.y);
    // Pieces of at most one pixel, each drawn if it lies in a dash.
    const int pieces = period > 0 ? std::max(1, static_cast<int>(std::ceil(length))) : 1;
    for (int k = 0; k < pieces; ++k) {
      const double begin = along + length * k / pieces;
      if (period > 0 && std::fmod(begin, period) >= stroke.dash) {
        continue;
      }
      cv::line(picture, from + step * (static_cast<double>(k) / pieces),
               from + step * (static_cast<double>(k + 1) / pieces), stroke.colour, stroke.width,
               cv::LINE_AA);
    }
    along += length;
  }
}

std::vector<cv::Point2d> outline_of(const DrawnBox& drawn, double scale, cv::Point2d offset) {
  const Box& box = drawn.box;
  std::vector<cv::Point2d> points;
  if (drawn.kind == DrawnBox::Kind::kMissed) {
    constexpr int kCorners = 72;
    for (int i = 0; i < kCorners; ++i) {
      const double angle = 2 * CV_PI * i / kCorners;
      points.emplace_back((box.x1 + box.x2 + box.width() * std::cos(angle)) / 2,
                          (box.y1 + box.y2 + box.height() * std::sin(angle)) / 2);
    }
  } else {
    points = {{box.x1, box.y1}, {box.x2, box.y1}, {box.x2, box.y2}, {box.x1, box.y2}};
  }
  for (cv::Point2d& point : points) {
    point = point * scale + offset;
  }
  return points;
}

std::string bar_text(const Example& example, bool before) {
  const std::vector<DrawnBox>& boxes = before ? example.before_boxes : example.after_boxes;
  const auto count = [&](DrawnBox::Kind kind) {
    return std::count_if(boxes.begin(), boxes.end(),
                         [&](const DrawnBox& drawn) { return drawn.kind == kind; });
  };
  std::string text = before ? "before" : "after";
  text += ": " + (before ? example.before_name : example.after_name);
  const auto unchecked = count(DrawnBox::Kind::kUnlabelled);
  const auto found = count(DrawnBox::Kind::kTrue);
  const auto wrong = count(DrawnBox::Kind::kFalse);
  const auto missed = count(DrawnBox::Kind::kMissed);
  if (unchecked > 0 && found + wrong + missed == 0) {
    return text + fmt::format("   {} {}", unchecked, unchecked == 1 ? "box" : "boxes");
  }
  return text + fmt::format("   {} found, {} false, {} missed", found, wrong, missed);
}

/// One frame: a bar of text, the picture fitted below it, its boxes.
cv::Mat draw_frame(const cv::Mat& picture, const Example& example, bool before, cv::Size canvas) {
  cv::Mat frame(canvas, CV_8UC3, cv::Scalar(28, 24, 20));
  const cv::Size room(canvas.width, canvas.height - kBarHeight);
  const double scale = std::min(static_cast<double>(room.width) / picture.cols,
                                static_cast<double>(room.height) / picture.rows);
  const cv::Size size(std::max(1, static_cast<int>(std::lround(picture.cols * scale))),
                      std::max(1, static_cast<int>(std::lround(picture.rows * scale))));
  const cv::Point corner((room.width - size.width) / 2,
                         kBarHeight + (room.height - size.height) / 2);
  cv::Mat fitted;
  cv::resize(picture, fitted, size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
  fitted.copyTo(frame(cv::Rect(corner, size)));
  for (const DrawnBox& drawn : before ? example.before_boxes : example.after_boxes) {
    const auto outline = outline_of(drawn, scale, corner);
    const Stroke stroke = stroke_of(drawn.kind);
    draw_outline(frame, outline, {cv::Scalar(0, 0, 0), stroke.dash, stroke.gap, stroke.width + 2});
    draw_outline(frame, outline, stroke);
  }
  // The font shrinks for names that would not fit.
  const std::string text = bar_text(example, before);
  double font_scale = 0.6;
  int baseline = 0;
  const cv::Size written =
      cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, font_scale, 1, &baseline);
  font_scale *= std::min(1.0, (canvas.width - 20.0) / std::max(1, written.width));
  cv::putText(frame, text, {10, 23}, cv::FONT_HERSHEY_SIMPLEX, font_scale,
              before ? cv::Scalar(190, 190, 190) : cv::Scalar(255, 255, 255), 1, cv::LINE_AA);
  return frame;
}

/// Frames in, one WebP file out.
class WebpAnimation {
 public:
  explicit WebpAnimation(cv::Size size)
      : encoder_(nullptr, WebPAnimEncoderDelete), picture_size_(size) {
    WebPAnimEncoderOptions options;
    if (WebPAnimEncoderOptionsInit(&options) != 0) {
      encoder_.reset(WebPAnimEncoderNew(size.width, size.height, &options));
    }
  }

  Result<void> add(const cv::Mat& bgr, int duration_ms) {
    WebPConfig config;
    WebPPicture picture;
    if (!encoder_ || WebPConfigPreset(&config, WEBP_PRESET_PHOTO, kQuality) == 0 ||
        WebPPictureInit(&picture) == 0) {
      return Error{"animation: libwebp does not fit the headers it was built with; reinstall it"};
    }
    picture.use_argb = 1;
    picture.width = picture_size_.width;
    picture.height = picture_size_.height;
    const bool added = WebPPictureImportBGR(&picture, bgr.data, static_cast<int>(bgr.step)) != 0 &&
                       WebPAnimEncoderAdd(encoder_.get(), &picture, time_ms_, &config) != 0;
    WebPPictureFree(&picture);
    time_ms_ += duration_ms;
    return added ? Result<void>() : failure();
  }

  Result<std::string> finish() {
    WebPData data;
    WebPDataInit(&data);
    // The last call tells when the last frame ends.
    if (!encoder_ || WebPAnimEncoderAdd(encoder_.get(), nullptr, time_ms_, nullptr) == 0 ||
        WebPAnimEncoderAssemble(encoder_.get(), &data) == 0) {
      return failure();
    }
    std::string bytes(data.bytes, data.bytes + data.size);
    WebPDataClear(&data);
    return bytes;
  }

 private:
  [[nodiscard]] Error failure() const {
    return Error{fmt::format("animation: libwebp failed: {}",
                             encoder_ ? WebPAnimEncoderGetError(encoder_.get()) : "no encoder")};
  }

  std::unique_ptr<WebPAnimEncoder, decltype(&WebPAnimEncoderDelete)> encoder_;
  cv::Size picture_size_;
  int time_ms_ = 0;
};

cv::Size canvas_for(const cv::Mat& first) {
  const double scale =
      std::min(1.0, static_cast<double>(kLongestSide) / std::max(first.cols, first.rows));
  return {std::max(320, static_cast<int>(std::lround(first.cols * scale))),
          std::max(1, static_cast<int>(std::lround(first.rows * scale))) + kBarHeight};
}

}  // namespace

Result<void> write_animation(const StudySummary& summary, const std::filesystem::path& run_folder,
                             const std::filesystem::path& out_path) {
  if (lower_case(out_path.extension().string()) != ".webp") {
    return Error{fmt::format("animation {}: only WebP can be written; name it with .webp",
                             out_path.string())};
  }
  if (summary.examples.empty()) {
    return Error{
        fmt::format("animation {}: this study has no example photos to show", out_path.string())};
  }
  std::unique_ptr<WebpAnimation> animation;
  cv::Size canvas;
  for (const Example& example : summary.examples) {
    for (const bool before : {true, false}) {
      const Result<Photo> photo =
          load_photo(run_folder / (before ? example.before_file : example.after_file));
      if (!photo) {
        return photo.error();
      }
      if (photo.value().pixels.type() != CV_8UC3) {
        return Error{fmt::format("animation {}: picture {} has 16 bits, and frames have 8",
                                 out_path.string(),
                                 before ? example.before_file : example.after_file)};
      }
      if (!animation) {
        canvas = canvas_for(photo.value().pixels);
        animation = std::make_unique<WebpAnimation>(canvas);
      }
      const cv::Mat frame = draw_frame(photo.value().pixels, example, before, canvas);
      if (auto added = animation->add(frame, before ? kBeforeMs : kAfterMs); !added) {
        return added;
      }
    }
  }
  Result<std::string> bytes = animation->finish();
  if (!bytes) {
    return bytes.error();
  }
  return write_file_atomic(out_path, *bytes);
}

}  // namespace everyface
