// The labelled Dark Face frames: what a brighter photo is worth to a detector.
#include <gtest/gtest.h>

#include "tests/study/support.h"

namespace everyface {
namespace {

TEST(DarkFaceFrames, APlainGainLetsYunetFindEveryLabelledFaceAndTheAutomaticOneNearlyAll) {
  EVERYFACE_NEEDS_SHARED("data/darkface");
  EVERYFACE_NEEDS_SHARED("models/yunet-n.onnx");
  const testing::TemporaryFolder folder;
  const auto models =
      ModelRegistry::open(folder.path() / "store", (testing::shared_folder() / "models").string());
  ASSERT_TRUE(models.ok()) << models.error().message;
  StudyRequest request;
  request.dataset_kind = "darkface";
  request.dataset_path = (testing::shared_folder() / "data" / "darkface").string();
  request.enhancers = parse_chains("none,gain(factor=8),gain").value();
  request.detectors = parse_detectors("yunet").value();
  const auto outcome = run_study(request, *models, folder.path() / "run", 2);
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->failed, 0U);
  const auto summary = summarise_study(folder.path() / "run", *models, {0, 1});
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  EXPECT_EQ(summary->cells[0].faces, 11U);
  EXPECT_EQ(summary->cells[0].true_positives, 0U);
  EXPECT_EQ(summary->cells[1].true_positives, 11U);
  EXPECT_EQ(summary->cells[1].false_positives, 5U);
  EXPECT_GE(summary->cells[2].true_positives, 10U);
}

}  // namespace
}  // namespace everyface
