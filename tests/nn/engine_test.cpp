#include "nn/engine.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>
#include <functional>
#include <opencv2/core.hpp>
#include <opencv2/dnn.hpp>

#include "everyface/nn/network.h"
#include "everyface/nn/registry.h"
#include "onnx_model.h"
#include "support.h"
#include "tests/testing.h"

namespace everyface {
namespace {

using ::testing::HasSubstr;
using testing::OnnxModel;

cv::Mat random_blob(int channels, cv::Size size, double low = -1, double high = 1) {
  const int sizes[] = {1, channels, size.height, size.width};
  cv::Mat blob(4, sizes, CV_32F);
  cv::RNG random(7);
  random.fill(blob, cv::RNG::UNIFORM, low, high);
  return blob;
}

/// Every value within `tolerance` of the largest.
void expect_near(const cv::Mat& got, const cv::Mat& want, double tolerance) {
  ASSERT_EQ(got.dims, want.dims);
  for (int dim = 0; dim < want.dims; ++dim) {
    ASSERT_EQ(got.size[dim], want.size[dim]) << "dimension " << dim;
  }
  const cv::Mat got_row(1, static_cast<int>(got.total()), CV_32F, const_cast<uchar*>(got.data));
  const cv::Mat want_row(1, static_cast<int>(want.total()), CV_32F, const_cast<uchar*>(want.data));
  const double scale = std::max(1.0, cv::norm(want_row, cv::NORM_INF));
  ASSERT_LE(cv::norm(got_row, want_row, cv::NORM_INF), tolerance * scale);
}

/// Runs the network with the engine and with OpenCV, on inputs of several sizes.
void expect_as_opencv(const std::string& onnx, int channels,
                      std::initializer_list<cv::Size> sizes = {{21, 17}, {64, 48}, {5, 6}}) {
  auto engine = Engine::load(onnx);
  ASSERT_TRUE(engine) << engine.error().message;
  cv::dnn::Net net = cv::dnn::readNetFromONNX(onnx.data(), onnx.size());
  net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
  for (const cv::Size size : sizes) {
    const cv::Mat blob = random_blob(channels, size);
    for (const std::string& name : net.getUnconnectedOutLayersNames()) {
      net.setInput(blob);
      expect_near(engine->run(blob, {name}).front(), net.forward(name), 1e-5);
    }
  }
}

TEST(Engine, RunsConvolutionsOfEveryShape) {
  for (const OnnxModel::Window& window : {OnnxModel::Window{1, 1, 0},
                                          {3, 1, 1},
                                          {3, 2, 1},
                                          {5, 1, 2},
                                          {3, 1, 0},
                                          {2, 2, 0},
                                          {3, 1, 2, 2}}) {
    for (const int channels : {1, 3, 4, 16, 20}) {
      OnnxModel model(3);
      const auto first = model.convolve("input", 3, channels, window);
      const auto second = model.convolve(first, channels, 35, {1, 1, 0});
      model.output(model.convolve(second, 35, channels, {3, 1, 1}));
      expect_as_opencv(model.bytes(), 3);
    }
  }
}

TEST(Engine, RunsConvolutionsOfEachChannelByItself) {
  for (const OnnxModel::Window& window :
       {OnnxModel::Window{3, 1, 1}, {3, 2, 1}, {5, 1, 2}, {5, 2, 2}, {3, 1, 0}}) {
    for (const int channels : {3, 16, 20}) {
      OnnxModel model(channels);
      const auto first = model.convolve("input", channels, channels, window, true);
      model.output(model.convolve(first, channels, 7, {1, 1, 0}));
      expect_as_opencv(model.bytes(), channels);
    }
  }
}

TEST(Engine, KeepsOnlyTheRowsThatAChainNeeds) {
  // Maps that are large enough not to be kept whole.
  OnnxModel model(3);
  auto value = model.convolve("input", 3, 16, {3, 2, 1});
  for (int i = 0; i < 3; ++i) {
    value = model.add("Relu", {model.convolve(value, 16, 16, {1, 1, 0})});
    value = model.add("Relu", {model.convolve(value, 16, 16, {3, 1, 1}, true)});
  }
  value = model.add("MaxPool", {value});
  model.with(OnnxModel::Window{2, 2, 0});
  model.output(model.convolve(value, 16, 5, {3, 1, 1}));
  expect_as_opencv(model.bytes(), 3, {{320, 200}, {33, 21}, {322, 198}});
}

TEST(Engine, FoldsNormalisationScaleShiftAndActivation) {
  OnnxModel model(3);
  auto value = model.add("Mul", {"input", model.constant({1, 3, 1, 1})});
  value = model.add("Add", {value, model.constant({1, 3, 1, 1})});
  value = model.convolve(value, 3, 20, {3, 1, 1});
  value = model.add("BatchNormalization", {value, model.constant({20}), model.constant({20}),
                                           model.constant({20}), model.constant({20}, 0.5, 2)});
  value = model.add("PRelu", {value, model.constant({20, 1, 1})});
  value = model.convolve(value, 20, 20, {3, 1, 1}, true);
  value = model.add("Mul", {value, model.constant({1, 20, 1, 1})});
  value = model.add("LeakyRelu", {value});
  model.with("alpha", 0.2F);
  value = model.convolve(value, 20, 9, {1, 1, 0});
  model.output(model.add("Tanh", {value}));
  expect_as_opencv(model.bytes(), 3);
}

TEST(Engine, AddsResiduals) {
  OnnxModel model(3);
  const auto stem = model.add("Relu", {model.convolve("input", 3, 24, {3, 1, 1})});
  auto value = model.add("Relu", {model.convolve(stem, 24, 24, {3, 1, 1})});
  value = model.convolve(value, 24, 24, {3, 1, 1});
  const auto sum = model.add("Relu", {model.add("Add", {value, stem})});
  // Two branches, of which neither may go into the other's convolution twice.
  const auto left = model.convolve(sum, 24, 12, {3, 2, 1});
  const auto right = model.convolve(sum, 24, 12, {1, 2, 0});
  model.output(model.add("Add", {left, right}));
  expect_as_opencv(model.bytes(), 3, {{20, 16}, {120, 100}, {7, 5}});
}

TEST(Engine, ConcatenatesEnlargesPoolsAndMultiplies) {
  OnnxModel model(3);
  const auto a = model.add("Relu", {model.convolve("input", 3, 10, {3, 1, 1})});
  const auto b = model.convolve("input", 3, 32, {3, 2, 1});
  auto& tensor = *model.graph().add_initializer();
  tensor.set_name("scales");
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  tensor.add_dims(4);
  for (const float factor : {1.0F, 1.0F, 2.0F, 2.0F}) {
    tensor.add_float_data(factor);
  }
  const auto large = model.add("Resize", {b, model.constant({0}), "scales"});
  model.with("mode", "nearest").with("coordinate_transformation_mode", "asymmetric");
  model.with("nearest_mode", "floor");
  auto value = model.add("Concat", {large, a, large});
  model.with("axis", 1);
  value = model.convolve(value, 74, 16, {1, 1, 0});
  auto gate = model.add("GlobalAveragePool", {value});
  gate = model.add("Sigmoid", {model.convolve(gate, 16, 16, {1, 1, 0})});
  model.output(model.add("Mul", {value, gate}));
  expect_as_opencv(model.bytes(), 3, {{20, 16}, {120, 100}, {6, 4}});
}

TEST(Engine, WritesTheHeadsOfDetectors) {
  OnnxModel model(3);
  const auto fine = model.add("Relu", {model.convolve("input", 3, 16, {3, 2, 1})});
  const auto coarse = model.add("Relu", {model.convolve(fine, 16, 16, {3, 2, 1})});
  const auto shape = model.numbers({1, -1, 4});
  std::vector<std::string> parts;
  for (const auto& level : {fine, coarse}) {
    auto head = model.add("Transpose", {model.convolve(level, 16, 4, {1, 1, 0})});
    model.with("perm", std::vector<std::int64_t>{0, 2, 3, 1});
    parts.push_back(model.add("Reshape", {head, shape}));
    auto score = model.add("Transpose", {model.convolve(level, 16, 8, {1, 1, 0})});
    model.with("perm", std::vector<std::int64_t>{0, 2, 3, 1});
    model.output(model.add("Sigmoid", {model.add("Reshape", {score, shape})}));
  }
  const auto joined = model.add("Concat", parts);
  model.with("axis", 1);
  const auto shares = model.add("Softmax", {joined});
  model.with("axis", 2);
  model.output(shares);
  expect_as_opencv(model.bytes(), 3, {{32, 16}, {17, 9}});
}

TEST(Engine, WritesVectors) {
  OnnxModel model(3);
  auto value = model.convolve("input", 3, 20, {3, 2, 1});
  value = model.convolve(value, 20, 20, {7, 1, 0}, true);
  value = model.add("Reshape", {value, model.numbers({1, -1})});
  value = model.add("MatMul", {value, model.constant({20, 9})});
  model.output(model.add("Add", {value, model.constant({1, 9})}));
  expect_as_opencv(model.bytes(), 3, {{14, 14}});
}

TEST(Engine, TakesSlicesSquaresAndDifferences) {
  OnnxModel model(3);
  const auto curves = model.add("Tanh", {model.convolve("input", 3, 6, {3, 1, 1})});
  model.add("Split", {curves});
  model.with("axis", 1).with("split", std::vector<std::int64_t>{3, 3});
  auto& split = *model.graph().mutable_node(model.graph().node_size() - 1);
  split.add_output("second");
  auto& two = *model.graph().add_initializer();
  two.set_name("two");
  two.set_data_type(onnx::TensorProto::FLOAT);
  two.add_float_data(2);
  std::string value = "input";
  for (const std::string& rate : {split.output(0), std::string("second")}) {
    const auto square = model.add("Pow", {value, "two"});
    const auto step = model.add("Mul", {rate, model.add("Sub", {square, value})});
    value = model.add("Add", {value, step});
  }
  model.output(value);
  expect_as_opencv(model.bytes(), 3);
}

OnnxModel small_network() {
  OnnxModel model(3);
  auto value = model.add("Relu", {model.convolve("input", 3, 20, {3, 1, 1})});
  value = model.convolve(value, 20, 20, {3, 1, 1}, true);
  model.output(model.convolve(value, 20, 4, {3, 2, 0}));
  return model;
}

TEST(Engine, GivesTheSameBitsWhateverRanBefore) {
  const std::string onnx = small_network().bytes();
  const cv::Mat blob = random_blob(3, {61, 43});
  auto fresh = Engine::load(onnx);
  ASSERT_TRUE(fresh);
  const cv::Mat want = fresh->run(blob, {}).front().clone();
  auto used = Engine::load(onnx);
  ASSERT_TRUE(used);
  for (const cv::Size size : {cv::Size(300, 200), cv::Size(8, 8), cv::Size(61, 43)}) {
    const cv::Mat other = random_blob(3, size, -1e30, 1e30);
    used->run(other, {});
    const cv::Mat got = used->run(blob, {}).front();
    EXPECT_EQ(std::memcmp(got.data, want.data, want.total() * sizeof(float)), 0);
  }
}

TEST(Engine, ThrowsWhereTheBlobDoesNotFitAndGoesOnAfterwards) {
  auto engine = Engine::load(small_network().bytes());
  ASSERT_TRUE(engine);
  const cv::Mat good = random_blob(3, {9, 9});
  const cv::Mat want = engine->run(good, {}).front().clone();
  EXPECT_THROW(engine->run(random_blob(4, {9, 9}), {}), cv::Exception);
  EXPECT_THROW(engine->run(random_blob(3, {9, 2}), {}), cv::Exception);
  EXPECT_THROW(engine->run(cv::Mat(9, 9, CV_32F), {}), cv::Exception);
  EXPECT_THROW(engine->run(good, {"no output"}), cv::Exception);
  expect_near(engine->run(good, {}).front(), want, 0);
}

TEST(Engine, RefusesWhatItHasNotGot) {
  const auto problem_of = [](const std::function<std::string(OnnxModel&)>& add) {
    OnnxModel model(3);
    model.output(add(model));
    const auto engine = Engine::load(model.bytes());
    return engine ? "accepted" : engine.error().message;
  };
  EXPECT_THAT(problem_of([](OnnxModel& model) { return model.add("Erf", {"input"}); }),
              HasSubstr("operator Erf"));
  EXPECT_THAT(problem_of([](OnnxModel& model) {
                auto sum = model.add("Conv", {"input", model.constant({4, 3, 3, 3})});
                model.with("auto_pad", "SAME_UPPER");
                return sum;
              }),
              HasSubstr("operator Conv"));
  EXPECT_THAT(problem_of([](OnnxModel& model) {
                auto sum = model.add("Conv", {"input", model.constant({4, 2, 3, 3})});
                model.with(OnnxModel::Window{3, 1, 1});
                return sum;
              }),
              HasSubstr("operator Conv"));
  // Along the width, not the channels.
  EXPECT_THAT(problem_of([](OnnxModel& model) {
                return model.add("Add", {"input", model.constant({3})});
              }),
              HasSubstr("operator Add"));
  EXPECT_THAT(problem_of([](OnnxModel& model) {
                return model.add("Div", {model.constant({1, 3, 1, 1}), "input"});
              }),
              HasSubstr("operator Div"));
}

struct Known {
  const char* model;
  cv::Size size;
  double low;
  double high;
};

/// The networks of the mirror, on noise.
class KnownNetworks : public ::testing::TestWithParam<Known> {};

INSTANTIATE_TEST_SUITE_P(
    All, KnownNetworks,
    ::testing::Values(Known{"yunet-n", {352, 224}, 0, 255},
                      Known{"retinaface-mobilenet025", {224, 160}, -120, 130},
                      Known{"scrfd-500m", {224, 160}, -1, 1}, Known{"scrfd-2.5g", {160, 96}, -1, 1},
                      Known{"ultraface-rfb", {320, 256}, -1, 1}, Known{"zero-dce", {37, 29}, 0, 1},
                      Known{"sgz-curve", {37, 29}, 0, 1},
                      Known{"zero-dce-pp-curve", {37, 29}, 0, 1},
                      Known{"sci-easy-illumination", {37, 29}, 0, 1},
                      Known{"sci-medium-illumination", {37, 29}, 0, 1},
                      Known{"sci-difficult-illumination", {37, 29}, 0, 1},
                      Known{"minifasnet-v2", {80, 80}, 0, 255},
                      Known{"mobilefacenet-foamliu", {112, 112}, -2, 2},
                      Known{"mobilefacenet-insight-y1", {112, 112}, 0, 255},
                      Known{"face-reidentification-retail-0095", {128, 128}, 0, 255}),
    [](const auto& known) {
      std::string name = known.param.model;
      std::replace_if(
          name.begin(), name.end(), [](char c) { return std::isalnum(c) == 0; }, '_');
      return name;
    });

TEST_P(KnownNetworks, GiveWhatOpenCvGives) {
  const Known& known = GetParam();
  const auto file = testing::shared_folder() / "models" / (std::string(known.model) + ".onnx");
  EVERYFACE_NEEDS_SHARED("models/" + std::string(known.model) + ".onnx");
  const std::string onnx = testing::read(file);
  auto engine = Engine::load(onnx);
  ASSERT_TRUE(engine) << engine.error().message;
  cv::dnn::Net net = cv::dnn::readNetFromONNX(onnx.data(), onnx.size());
  net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
  const cv::Mat blob = random_blob(3, known.size, known.low, known.high);
  const auto names = net.getUnconnectedOutLayersNames();
  std::vector<cv::Mat> want;
  net.setInput(blob);
  net.forward(want, names);
  const auto got = engine->run(blob, names);
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < want.size(); ++i) {
    expect_near(got[i], want[i], 2e-5);
  }
}

TEST(Network, SaysWhichEngineRunsIt) {
  EVERYFACE_NEEDS_SHARED("models/edgeface-xxs.onnx");
  const testing::TemporaryFolder store;
  const auto models =
      ModelRegistry::open(store.path(), (testing::shared_folder() / "models").string());
  ASSERT_TRUE(models);
  auto own = Network::load(*models, "yunet-n");
  ASSERT_TRUE(own);
  EXPECT_EQ(own->engine(), "everyface");
  auto other = Network::load(*models, "edgeface-xxs");  // it has operators that ours has not
  ASSERT_TRUE(other);
  EXPECT_EQ(other->engine(), "opencv");
  EXPECT_EQ(other->run(random_blob(3, {112, 112})).front().total(), 512U);
}

}  // namespace
}  // namespace everyface
