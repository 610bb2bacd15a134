// What the network answers is compared with PyTorch's in tests/training/llflow_agreement_test.py.
#include "nn/llflow.h"

#include <gmock/gmock.h>

#include <opencv2/core.hpp>

#include "llflow_weights.h"

namespace everyface {
namespace {

using ::testing::HasSubstr;
using testing::kTinyLlflow;
using testing::random_llflow;

std::string problem_of(WeightFile file) {
  const auto weights = unpack_llflow(std::move(file));
  return weights ? "" : weights.error().message;
}

TEST(Llflow, TakesEveryTensorOfItsShapeAndNoOther) {
  const WeightFile whole = random_llflow(kTinyLlflow);
  EXPECT_EQ(problem_of(whole), "");
  for (const auto& [name, tensor] : whole.tensors) {
    WeightFile without = whole;
    without.tensors.erase(name);
    EXPECT_THAT(problem_of(without), HasSubstr(name));
    WeightFile misshapen = whole;
    misshapen.tensors[name].shape.push_back(1);
    EXPECT_THAT(problem_of(misshapen), HasSubstr(name));
  }
  WeightFile more = whole;
  more.tensors["encoder.third.weight"] = {{1}, {0}};
  EXPECT_THAT(problem_of(more), HasSubstr("encoder.third.weight"));
}

TEST(Llflow, RefusesSettingsOutOfRangeAndOtherNetworks) {
  const WeightFile whole = random_llflow(kTinyLlflow);
  for (const auto& [name, value] : std::map<std::string, std::vector<int>>{
           {"features", {20}},
           {"features", {1024}},
           {"hidden", {0}},
           {"blocks", {0}},
           {"steps", {1, 2}},
           {"plain_steps", {17}},
           {"stacked", {}},
           {"stacked", {1}},
           {"stacked", {0, 0}},
       }) {
    WeightFile file = whole;
    file.configuration[name] = value;
    EXPECT_THAT(problem_of(file), HasSubstr("\"" + name + "\""));
  }
  WeightFile file = whole;
  file.configuration.erase("steps");
  EXPECT_THAT(problem_of(file), HasSubstr("\"steps\""));
  file = whole;
  file.network = "other";
  EXPECT_THAT(problem_of(file), HasSubstr("other"));
}

TEST(Llflow, AnswersTheSameWhateverItSawBefore) {
  Llflow network = testing::tiny_llflow();
  cv::Mat photo(24, 40, CV_8UC3);
  cv::RNG random(1);
  random.fill(photo, cv::RNG::UNIFORM, 0, 90);
  const cv::Mat first = network.run(photo, photo);
  EXPECT_EQ(first.size(), photo.size());
  network.run(cv::Mat(64, 16, CV_8UC3, cv::Scalar(255, 0, 7)),
              cv::Mat(64, 16, CV_8UC3, cv::Scalar(9, 9, 9)));
  EXPECT_EQ(cv::norm(first, network.run(photo, photo), cv::NORM_INF), 0);
}

TEST(Llflow, NeedsSidesThatAreMultiplesOfItsStride) {
  Llflow network = testing::tiny_llflow();
  const cv::Mat photo(24, 36, CV_8UC3, cv::Scalar());
  EXPECT_THROW(network.run(photo, photo), cv::Exception);
}

}  // namespace
}  // namespace everyface
