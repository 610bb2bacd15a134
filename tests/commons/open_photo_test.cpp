#include "commons/open_photo.h"

#include <gmock/gmock.h>
#include <libheif/heif.h>

#include <opencv2/imgproc.hpp>

#include "commons/capture_signals.h"
#include "commons/heic.h"
#include "everyface/base/byte_reader.h"
#include "tests/commons/support.h"

namespace everyface {

std::string testing::encoded_heic(const cv::Mat& picture, const std::string& exif) {
  heif_context* context = heif_context_alloc();
  heif_encoder* encoder = nullptr;
  heif_image* image = nullptr;
  heif_image_handle* handle = nullptr;
  heif_context_get_encoder_for_format(context, heif_compression_HEVC, &encoder);
  heif_encoder_set_lossy_quality(encoder, 80);
  heif_image_create(picture.cols, picture.rows, heif_colorspace_RGB, heif_chroma_interleaved_RGB,
                    &image);
  heif_image_add_plane(image, heif_channel_interleaved, picture.cols, picture.rows, 8);
  int stride = 0;
  std::uint8_t* rows = heif_image_get_plane(image, heif_channel_interleaved, &stride);
  cv::Mat rgb(picture.rows, picture.cols, CV_8UC3, rows, static_cast<std::size_t>(stride));
  cv::cvtColor(picture, rgb, cv::COLOR_BGR2RGB);
  heif_context_encode_image(context, image, encoder, nullptr, &handle);
  if (!exif.empty()) {
    heif_context_add_exif_metadata(context, handle, exif.data(), static_cast<int>(exif.size()));
  }
  std::string file;
  heif_writer writer{1, [](heif_context*, const void* data, std::size_t size, void* to) {
                       static_cast<std::string*>(to)->assign(static_cast<const char*>(data), size);
                       return heif_error{heif_error_Ok, heif_suberror_Unspecified, ""};
                     }};
  heif_context_write(context, &writer, &file);
  heif_image_handle_release(handle);
  heif_image_release(image);
  heif_encoder_release(encoder);
  heif_context_free(context);
  return file;
}

namespace {

using testing::encoded;
using testing::encoded_heic;
using testing::exif_block;
using testing::ExifText;
using testing::jpeg_with_exif;
using testing::oriented_picture;

PhotoProblem problem_of(std::string_view bytes) {
  return std::get<PhotoProblem>(open_photo(bytes));
}

/// Makes a HEIC file say that all its pictures are of `side` x `side` pixels.
void claim_size(std::string& heic, std::uint32_t side) {
  std::size_t at = heic.find("ispe");
  ASSERT_NE(at, std::string::npos);
  for (; at != std::string::npos; at = heic.find("ispe", at + 4)) {
    heic.replace(at + 8, 8, testing::big_endian(side, 4) + testing::big_endian(side, 4));
  }
}

bool is_red(const cv::Vec3b& pixel) { return pixel[2] > 150 && pixel[1] < 110; }

TEST(OpenPhoto, ReadsEachFormatUprightAndSaysWhichItWas) {
  const cv::Mat picture = oriented_picture(64, 48);
  for (const auto& [bytes, format] :
       {std::pair(encoded(picture, ".jpg"), "JPEG"), std::pair(encoded(picture, ".png"), "PNG"),
        std::pair(encoded(picture, ".webp"), "WebP"),
        std::pair(encoded_heic(picture, ""), "HEIC")}) {
    const auto opened = std::get<OpenedPhoto>(open_photo(bytes));
    EXPECT_EQ(opened.signals.format, format);
    EXPECT_EQ(opened.pixels.size(), cv::Size(64, 48)) << format;
    EXPECT_TRUE(is_red(opened.pixels.at<cv::Vec3b>(8, 8))) << format;
    EXPECT_FALSE(opened.signals.camera || opened.signals.location) << format;
  }
}

TEST(OpenPhoto, TellsWhatTheFileSaysOfItsOrigin) {
  const std::string exif = exif_block({});
  const std::string jpeg = encoded(oriented_picture(64, 48), ".jpg");
  for (const std::string& bytes :
       {jpeg_with_exif(jpeg, exif), encoded_heic(oriented_picture(64, 48), exif.substr(6))}) {
    const PhotoSignals signals = std::get<OpenedPhoto>(open_photo(bytes)).signals;
    EXPECT_TRUE(signals.camera) << signals.format;
    EXPECT_TRUE(signals.capture_time) << signals.format;
    EXPECT_TRUE(signals.location) << signals.format;
    EXPECT_EQ(signals.software, "Editor 1.0") << signals.format;
  }
}

TEST(OpenPhoto, TurnsThePhotoUpright) {
  ExifText turned;
  turned.orientation = 6;  // the stored first row is the right-hand side
  const auto opened = std::get<OpenedPhoto>(
      open_photo(jpeg_with_exif(encoded(oriented_picture(64, 48), ".jpg"), exif_block(turned))));
  EXPECT_EQ(opened.pixels.size(), cv::Size(48, 64));
  EXPECT_EQ(opened.signals.width, 64);
  EXPECT_TRUE(is_red(opened.pixels.at<cv::Vec3b>(8, 40)));
}

TEST(OpenPhoto, ReducesWhatIsLargerThanWeKeep) {
  const cv::Mat wide(500, 2 * kMaxKeptSide, CV_8UC3, cv::Scalar(1, 2, 3));
  const auto opened = std::get<OpenedPhoto>(open_photo(encoded(wide, ".png")));
  EXPECT_EQ(opened.pixels.size(), cv::Size(kMaxKeptSide, 250));
  EXPECT_EQ(opened.signals.width, 2 * kMaxKeptSide);
}

TEST(OpenPhoto, RoundsSixteenBitsToEight) {
  const cv::Mat deep(20, 20, CV_16UC3, cv::Scalar(257 * 10, 257 * 20, 257 * 30));
  const auto opened = std::get<OpenedPhoto>(open_photo(encoded(deep, ".png")));
  EXPECT_EQ(opened.pixels.at<cv::Vec3b>(5, 5), cv::Vec3b(10, 20, 30));
}

TEST(OpenPhoto, RefusesMoreThanFiftyMegapixelsByTheHeader) {
  std::string png = encoded(oriented_picture(64, 48), ".png");
  png.replace(16, 8, testing::big_endian(30'000, 4) + testing::big_endian(30'000, 4));
  EXPECT_EQ(problem_of(png), PhotoProblem::kTooManyPixels);

  std::string jpeg = encoded(oriented_picture(64, 48), ".jpg");
  const std::size_t frame = jpeg.find("\xff\xc0");
  ASSERT_NE(frame, std::string::npos);
  jpeg.replace(frame + 5, 4, "\xff\xff\xff\xff");
  EXPECT_EQ(problem_of(jpeg), PhotoProblem::kTooManyPixels);

  std::string webp("RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0", 24);
  webp += "\xff\x3f\x01\xff\x3f\x01";  // 81,920 x 81,920
  EXPECT_EQ(problem_of(webp), PhotoProblem::kTooManyPixels);

  std::string heic = encoded_heic(oriented_picture(64, 48), "");
  claim_size(heic, 30'000);
  EXPECT_EQ(problem_of(heic), PhotoProblem::kTooManyPixels);
}

TEST(OpenPhoto, RefusesAHeicFileThatHoldsAnotherSizeThanItClaims) {
  std::string heic = encoded_heic(oriented_picture(64, 48), "");
  claim_size(heic, 8);
  EXPECT_EQ(problem_of(heic), PhotoProblem::kDamaged);
}

TEST(OpenPhoto, RefusesTruncatedFilesAtEveryLength) {
  const cv::Mat picture = oriented_picture(32, 24);
  for (const std::string& whole : {encoded(picture, ".jpg"), encoded(picture, ".png"),
                                   encoded(picture, ".webp"), encoded_heic(picture, "")}) {
    for (std::size_t length = 1; length < whole.size(); length += 7) {
      EXPECT_TRUE(std::holds_alternative<PhotoProblem>(open_photo(whole.substr(0, length))))
          << length << " of " << whole.size();
    }
  }
}

TEST(OpenPhoto, RefusesWhatIsNoPhoto) {
  EXPECT_EQ(problem_of("<html><script>alert(1)</script>"), PhotoProblem::kNotAPhoto);
  EXPECT_EQ(problem_of(std::string("PK\3\4", 4)), PhotoProblem::kNotAPhoto);
  EXPECT_EQ(problem_of("GIF89a"), PhotoProblem::kNotAPhoto);
  EXPECT_EQ(problem_of(encoded(oriented_picture(8, 8), ".bmp")), PhotoProblem::kNotAPhoto);
  EXPECT_EQ(problem_of(encoded(oriented_picture(8, 8), ".tiff")), PhotoProblem::kNotAPhoto);
  EXPECT_EQ(problem_of("x"), PhotoProblem::kNotAPhoto);
}

TEST(OpenPhoto, RefusesAnimations) {
  std::string webp("RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0", 24);
  webp += std::string("\x3f\0\0\x2f\0\0", 6);
  EXPECT_EQ(problem_of(webp), PhotoProblem::kAnimation);
}

TEST(CaptureSignals, DamagedBlocksHaveNone) {
  const std::string whole = exif_block({});
  ASSERT_TRUE(read_exif_signals(whole).camera);
  EXPECT_FALSE(read_exif_signals(whole.substr(0, 20)).camera);
  EXPECT_FALSE(read_exif_signals("").camera);
  std::string beyond = whole;
  beyond.replace(10, 4, "\xff\xff\xff\xff");  // the first directory
  EXPECT_FALSE(read_exif_signals(beyond).camera);
}

TEST(CaptureSignals, KeepsOnlyPrintableTextOfBoundedLength) {
  ExifText text;
  text.software = "<b>\x01\xff" + std::string(200, 'x');
  EXPECT_EQ(read_exif_signals(exif_block(text)).software, "<b>" + std::string(61, 'x'));
  text.make = " ";
  text.location = false;
  EXPECT_FALSE(read_exif_signals(exif_block(text)).camera);
  EXPECT_FALSE(read_exif_signals(exif_block(text)).location);
}

}  // namespace
}  // namespace everyface
