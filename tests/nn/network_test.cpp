#include "everyface/nn/network.h"

#include <gmock/gmock.h>

#include <cmath>
#include <opencv2/core.hpp>

#include "everyface/nn/registry.h"
#include "support.h"
#include "tests/testing.h"

namespace everyface {
namespace {

using testing::entry_json;
using ::testing::HasSubstr;
using testing::manifest_text;
using testing::ScopedVariable;
using testing::write;

/// A field of a protocol buffer that holds a text or another message, of at most 16 KB.
std::string field(int number, const std::string& content) {
  const auto length = static_cast<unsigned>(content.size());
  std::string bytes(1, static_cast<char>(number << 3 | 2));
  if (length > 127) {
    bytes.push_back(static_cast<char>((length & 127U) | 128U));
  }
  bytes.push_back(static_cast<char>(length > 127 ? length >> 7U : length));
  bytes += content;
  return bytes;
}

/// A field that holds a number below 128.
std::string field(int number, int value) {
  return {static_cast<char>(number << 3), static_cast<char>(value)};
}

/// An ONNX tensor of floats, 1 × 3 × 2 × 4.
std::string tensor(const std::string& name) {
  std::string shape;
  for (const int size : {1, 3, 2, 4}) {
    shape += field(1, field(1, size));
  }
  return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)));
}

std::string node(const std::string& operation, const std::string& from, const std::string& to) {
  return field(1, from) + field(2, to) + field(3, "node_" + to) + field(4, operation);
}

/// positive = max(0, input), squashed = sigmoid(input).
std::string small_network() {
  const std::string graph = field(1, node("Relu", "input", "positive")) +
                            field(1, node("Sigmoid", "input", "squashed")) + field(2, "graph") +
                            field(11, tensor("input")) + field(12, tensor("positive")) +
                            field(12, tensor("squashed"));
  return field(1, 7) + field(7, graph) + field(8, field(1, "") + field(2, 10));
}

class NetworkFile : public ::testing::Test {
 protected:
  Result<Network> load(const std::string& weights) {
    write(folder_.path() / "small.onnx", weights);
    write(folder_.path() / "manifest.json", manifest_text({entry_json("small", weights)}));
    const ScopedVariable manifest("EVERYFACE_MANIFEST",
                                  (folder_.path() / "manifest.json").string());
    const auto models = ModelRegistry::open(folder_.path(), "");
    return models ? Network::load(*models, "small") : models.error();
  }

  testing::TemporaryFolder folder_;
};

TEST_F(NetworkFile, GivesTheOutputsAskedForInThatOrder) {
  auto network = load(small_network());
  ASSERT_TRUE(network) << network.error().message;
  const int sizes[] = {1, 3, 2, 4};
  cv::Mat blob(4, sizes, CV_32F);
  for (int i = 0; i < 24; ++i) {
    blob.ptr<float>()[i] = static_cast<float>(i - 12);
  }
  const auto outputs = network->run(blob, {"squashed", "positive"});
  ASSERT_EQ(outputs.size(), 2U);
  for (int i = 0; i < 24; ++i) {
    EXPECT_EQ(outputs[1].ptr<float>()[i], static_cast<float>(std::max(0, i - 12)));
    EXPECT_NEAR(outputs[0].ptr<float>()[i], 1 / (1 + std::exp(-(i - 12))), 1e-6);
  }
  EXPECT_EQ(network->run(blob).size(), 2U);
}

TEST_F(NetworkFile, ThatIsNoNetworkIsAnErrorInOneLine) {
  for (const std::string& weights :
       {std::string("no network"), std::string(1, '\0'), small_network().substr(0, 40)}) {
    const auto network = load(weights);
    ASSERT_FALSE(network);
    EXPECT_THAT(network.error().message, HasSubstr("model small"));
    EXPECT_EQ(network.error().message.find('\n'), std::string::npos);
  }
}

TEST_F(NetworkFile, ThatIsMissingIsAnError) {
  const auto models = ModelRegistry::open(folder_.path(), "");
  ASSERT_TRUE(models);
  EXPECT_THAT(Network::load(*models, "yunet-n").error().message,
              HasSubstr("everyface models fetch yunet-n"));
}

TEST(Network, TakesInputsOfAnySizeOneAfterTheOther) {
  EVERYFACE_NEEDS_SHARED("models/sci-easy-illumination.onnx");
  const testing::TemporaryFolder store;
  const auto models =
      ModelRegistry::open(store.path(), (testing::shared_folder() / "models").string());
  auto network = Network::load(*models, "sci-easy-illumination");
  ASSERT_TRUE(network) << network.error().message;
  std::vector<double> sums;
  for (const cv::Size size : {cv::Size(16, 8), cv::Size(5, 7), cv::Size(16, 8)}) {
    const auto outputs =
        network->run(to_blob(cv::Mat(size, CV_8UC3, cv::Scalar(9, 90, 200)), {.rgb = true}));
    ASSERT_EQ(outputs.size(), 1U);
    EXPECT_EQ(outputs[0].size[2], size.height);
    EXPECT_EQ(outputs[0].size[3], size.width);
    sums.push_back(cv::sum(outputs[0].reshape(1, 1))[0]);
  }
  EXPECT_EQ(sums[0], sums[2]);
}

/// to_blob() in the plainest form.
float expected(const cv::Mat& bgr, const BlobOptions& options, int plane, int row, int column) {
  float value = 0;
  if (row < bgr.rows && column < bgr.cols) {
    const int channel = options.rgb ? 2 - plane : plane;
    value = bgr.depth() == CV_8U ? static_cast<float>(bgr.at<cv::Vec3b>(row, column)[channel])
                                 : bgr.at<cv::Vec3f>(row, column)[channel];
  }
  return (value - options.mean[plane]) * options.scale[plane];
}

TEST(ToBlob, EqualsThePlainLoopForAnyWidthDepthAndPadding) {
  cv::RNG random(7);
  for (const int depth : {CV_8U, CV_32F}) {
    for (const int width : {1, 2, 15, 16, 17, 33, 100}) {
      for (const int padding : {0, 5}) {
        for (const bool rgb : {false, true}) {
          cv::Mat large(9, width + 3, CV_MAKETYPE(depth, 3));
          random.fill(large, cv::RNG::UNIFORM, 0, 256);
          const cv::Mat photo = large(cv::Rect(2, 1, width, 7));  // rows are not contiguous
          BlobOptions options{
              .rgb = rgb, .mean = {104, 117, 123.5F}, .scale = {1, 0.5F, 1 / 128.F}};
          if (padding > 0) {
            options.width = width + padding;
            options.height = 7 + padding;
          }
          const cv::Mat blob = to_blob(photo, options);
          ASSERT_EQ(blob.dims, 4);
          ASSERT_EQ(blob.size[0], 1);
          ASSERT_EQ(blob.size[1], 3);
          ASSERT_EQ(blob.size[2], 7 + padding);
          ASSERT_EQ(blob.size[3], width + padding);
          for (int plane = 0; plane < 3; ++plane) {
            for (int row = 0; row < blob.size[2]; ++row) {
              for (int column = 0; column < blob.size[3]; ++column) {
                ASSERT_EQ(blob.ptr<float>(0, plane, row)[column],
                          expected(photo, options, plane, row, column))
                    << depth << ' ' << width << ' ' << padding << ' ' << rgb << " at " << plane
                    << ' ' << row << ' ' << column;
              }
            }
          }
        }
      }
    }
  }
}

TEST(ToBlob, PadsWithBlackRatherThanZeros) {
  const cv::Mat blob = to_blob(cv::Mat(1, 1, CV_8UC3, cv::Scalar(10, 20, 30)),
                               {.mean = {1, 2, 3}, .scale = {2, 2, 2}, .width = 2, .height = 2});
  EXPECT_EQ(blob.ptr<float>(0, 0, 0)[0], 18);
  EXPECT_EQ(blob.ptr<float>(0, 0, 0)[1], -2);
  EXPECT_EQ(blob.ptr<float>(0, 2, 1)[0], -6);
}

}  // namespace
}  // namespace everyface
