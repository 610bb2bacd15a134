#include <webp/demux.h>

#include "everyface/base/file.h"
#include "everyface/report/study_report.h"
#include "tests/report/synthetic.h"
#include "tests/testing.h"

namespace everyface {
namespace {

using testing::add_example;
using testing::summary;
using testing::TemporaryFolder;

struct Frame {
  int end_ms = 0;
  /// Mean of red, green and blue at a point of the picture without box or text.
  int level = 0;
};

struct Animation {
  WebPAnimInfo info{};
  std::vector<Frame> frames;
};

Animation decode(const std::string& bytes, int x, int y) {
  Animation animation;
  const WebPData data{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
  WebPAnimDecoder* decoder = WebPAnimDecoderNew(&data, nullptr);
  if (decoder == nullptr || WebPAnimDecoderGetInfo(decoder, &animation.info) == 0) {
    ADD_FAILURE() << "not an animation";
    return animation;
  }
  while (WebPAnimDecoderHasMoreFrames(decoder) != 0) {
    std::uint8_t* pixels = nullptr;
    Frame frame;
    if (WebPAnimDecoderGetNext(decoder, &pixels, &frame.end_ms) == 0) {
      ADD_FAILURE() << "a frame does not decode";
      break;
    }
    const std::uint8_t* at =
        pixels + 4 * (static_cast<std::size_t>(y) * animation.info.canvas_width +
                      static_cast<std::size_t>(x));
    frame.level = (at[0] + at[1] + at[2]) / 3;
    animation.frames.push_back(frame);
  }
  WebPAnimDecoderDelete(decoder);
  return animation;
}

TEST(Animation, ShowsEachPhotoBeforeAndAfter) {
  const TemporaryFolder folder;
  StudySummary s = summary();
  add_example(s, folder.path(), 400, 300);
  add_example(s, folder.path(), 200, 300);
  const auto path = folder.path() / "before-after.webp";
  const auto written = write_animation(s, folder.path(), path);
  ASSERT_TRUE(written.ok()) << written.error().message;

  const Animation animation = decode(read_file(path).value(), 200, 300);
  EXPECT_EQ(animation.info.canvas_width, 400U);
  EXPECT_EQ(animation.info.canvas_height, 334U);
  EXPECT_EQ(animation.info.loop_count, 0U);
  ASSERT_EQ(animation.frames.size(), 4U);
  const int ends[] = {1200, 3000, 4200, 6000};
  const int levels[] = {20, 160, 20, 160};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(animation.frames[i].end_ms, ends[i]);
    EXPECT_NEAR(animation.frames[i].level, levels[i], 8);
  }
}

TEST(Animation, IsAtMost960PixelsLong) {
  const TemporaryFolder folder;
  StudySummary s = summary();
  add_example(s, folder.path(), 1080, 720);
  const auto path = folder.path() / "a.webp";
  ASSERT_TRUE(write_animation(s, folder.path(), path).ok());
  const Animation animation = decode(read_file(path).value(), 500, 500);
  EXPECT_EQ(animation.info.canvas_width, 960U);
  EXPECT_EQ(animation.info.canvas_height, 674U);
}

TEST(Animation, EqualSummariesGiveEqualBytes) {
  const TemporaryFolder folder;
  StudySummary s = summary();
  add_example(s, folder.path());
  ASSERT_TRUE(write_animation(s, folder.path(), folder.path() / "a.webp").ok());
  ASSERT_TRUE(write_animation(s, folder.path(), folder.path() / "b.webp").ok());
  EXPECT_EQ(read_file(folder.path() / "a.webp").value(),
            read_file(folder.path() / "b.webp").value());
}

TEST(Animation, RefusesWhatItCannotDo) {
  const TemporaryFolder folder;
  StudySummary s = summary();
  const auto none = write_animation(s, folder.path(), folder.path() / "a.webp");
  ASSERT_FALSE(none.ok());
  EXPECT_NE(none.error().message.find("no example photos"), std::string::npos);
  add_example(s, folder.path());
  const auto gif = write_animation(s, folder.path(), folder.path() / "a.gif");
  ASSERT_FALSE(gif.ok());
  EXPECT_NE(gif.error().message.find(".webp"), std::string::npos);
  std::filesystem::remove(folder.path() / s.examples[0].before_file);
  const auto missing = write_animation(s, folder.path(), folder.path() / "a.webp");
  ASSERT_FALSE(missing.ok());
  EXPECT_NE(missing.error().message.find("0-before.jpg"), std::string::npos);
}

}  // namespace
}  // namespace everyface
