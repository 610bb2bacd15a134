#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "everyface/base/text.h"
#include "everyface/nn/registry.h"
#include "everyface/study/study.h"
#include "study/photo_run.h"
#include "study/request_json.h"

namespace everyface {
namespace {

/// Detects faces and writes their boxes.
class DetectionRows final : public RowMaker {
 public:
  static Result<std::unique_ptr<RowMaker>> make(const StudyRequest& request, int pad_px,
                                                const ModelRegistry& models) {
    auto rows = std::make_unique<DetectionRows>();
    rows->pad_px_ = pad_px;
    DetectorOptions options;
    options.min_score = request.min_score;
    options.scale = request.scale;
    options.tile_px = request.tile_px;
    for (const DetectorSpec& spec : request.detectors) {
      auto made = spec.make(options, models);
      if (!made) {
        return made.error();
      }
      rows->detectors_.push_back(*std::move(made));
    }
    return std::unique_ptr<RowMaker>(std::move(rows));
  }

  std::vector<std::string> make(const Record& /*record*/, const cv::Mat& enhanced,
                                const std::vector<std::size_t>& wanted,
                                StageSeconds& seconds) override {
    std::vector<std::string> rows;
    for (const std::size_t detector : wanted) {
      const auto start = std::chrono::steady_clock::now();
      const std::vector<Face> faces = detectors_[detector]->detect(enhanced);
      seconds.detect +=
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      rows.push_back(faces_json(faces));
    }
    return rows;
  }

 private:
  [[nodiscard]] std::string faces_json(const std::vector<Face>& faces) const {
    std::string json = R"("faces":[)";
    const double pad = pad_px_;
    for (const Face& face : faces) {
      fmt::format_to(std::back_inserter(json), "{}[{:.2f},{:.2f},{:.2f},{:.2f},{:.5f}]",
                     &face == &faces.front() ? "" : ",", face.box.x1 - pad, face.box.y1 - pad,
                     face.box.x2 - pad, face.box.y2 - pad, face.score);
    }
    return json + "]";
  }

  int pad_px_ = 0;
  std::vector<std::unique_ptr<Detector>> detectors_;
};

}  // namespace

Result<RunOutcome> run_study(const StudyRequest& request, const ModelRegistry& models,
                             const std::filesystem::path& run_folder, std::size_t jobs) {
  PhotoRun run;
  run.name = "study";
  run.request = &request;
  run.axis.field = "detector";
  for (const DetectorSpec& spec : request.detectors) {
    run.axis.names.push_back(spec.name());
    run.axis.checksums.push_back(spec.weights_sha256(models));
  }
  run.options = fmt::format("{} {} {}", shortest_number(request.min_score),
                            shortest_number(request.scale), request.tile_px);
  run.make_row_maker = [&](const Dataset& dataset) {
    return DetectionRows::make(request, dataset.pad_px, models);
  };
  run.make_run_json = [&](const Dataset& dataset) {
    return request_to_json(request, models, dataset);
  };
  return run_photos(run, models, run_folder, jobs);
}

}  // namespace everyface
