// A photo on its way through a chain of methods: in floats, rounded to 8 bits once, at the end.
#pragma once

#include <array>
#include <functional>
#include <opencv2/core/mat.hpp>

namespace everyface {

/// The pixels of one photo, blue, green, red, in grey levels 0..255. Floats may lie outside that
/// range between methods; they are clipped when bytes() rounds them (to nearest, ties to even).
///
/// Curves (functions of one value) that are applied while the photo still is 8-bit are composed in
/// a table of 256 floats and cost one look-up per value in the end; the result is the same as
/// applying them to floats one by one.
class Pixels {
 public:
  /// CV_8UC3, or CV_32FC3 in 0..255.
  explicit Pixels(cv::Mat bgr);

  [[nodiscard]] int width() const { return stored_.cols; }
  [[nodiscard]] int height() const { return stored_.rows; }
  /// Still stored in 8 bits (curves may be pending), so that another curve costs almost nothing.
  [[nodiscard]] bool is_8bit() const { return stored_.type() == CV_8UC3; }
  /// In 8 bits with no curve pending: bytes() is exact and free.
  [[nodiscard]] bool is_plain_bytes() const { return is_8bit() && !has_table_; }

  /// CV_32FC3. The reference holds until the next call of a member that is not const.
  const cv::Mat& floats();
  /// CV_8UC3, rounded and clipped. The photo itself stays as it is until set().
  cv::Mat bytes();
  /// CV_16UC3 (value · 257, rounded and clipped), for 16-bit files.
  cv::Mat words();

  /// Replaces the pixels: CV_8UC3 or CV_32FC3, of any size.
  void set(cv::Mat bgr);

  /// Every value v of channel c (0 blue, 1 green, 2 red) becomes curve(v, c).
  void apply_curve(const std::function<float(float value, int channel)>& curve);

  /// How often each 8-bit value occurs, per channel (of bytes()).
  std::array<std::array<int, 256>, 3> histograms();

 private:
  using Table = std::array<std::array<float, 3>, 256>;  // [value][channel]
  void resolve();

  cv::Mat stored_;  // CV_8UC3 or CV_32FC3
  bool has_table_ = false;
  Table table_{};  // pending curves of an 8-bit photo
};

}  // namespace everyface
