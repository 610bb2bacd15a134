#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "everyface/base/base64.h"
#include "everyface/base/text.h"
#include "everyface/dataset/pairs.h"
#include "everyface/nn/registry.h"
#include "everyface/recognize/align.h"
#include "everyface/recognize/embedder.h"
#include "everyface/study/audit.h"
#include "study/audit_labels.h"
#include "study/audit_request.h"
#include "study/photo_run.h"

namespace everyface {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Finds the face, aligns it, and writes its templates.
class TemplateRows final : public RowMaker {
 public:
  static Result<std::unique_ptr<RowMaker>> make(const AuditRequest& request, int pad_px,
                                                const ModelRegistry& models) {
    auto rows = std::make_unique<TemplateRows>();
    rows->pad_px_ = pad_px;
    rows->least_score_ = request.detector_score;
    DetectorOptions options;
    options.min_score = request.detector_score;
    options.scale = request.scale;
    auto detector = request.detector.make(options, models);
    if (!detector) {
      return detector.error();
    }
    rows->detector_ = *std::move(detector);
    for (const std::string& name : request.embedders) {
      auto embedder = Embedder::load(models, name, request.flip);
      if (!embedder) {
        return embedder.error();
      }
      rows->embedders_.push_back(*std::move(embedder));
    }
    return std::unique_ptr<RowMaker>(std::move(rows));
  }

  std::vector<std::string> make(const Record& record, const cv::Mat& enhanced,
                                const std::vector<std::size_t>& wanted,
                                StageSeconds& seconds) override {
    auto start = Clock::now();
    Result<Face> face = find_face(record, enhanced);
    seconds.detect += seconds_since(start);
    // The border is for the detector. In a template its streaks would make strangers alike.
    const cv::Mat photo = enhanced(
        cv::Rect(pad_px_, pad_px_, enhanced.cols - 2 * pad_px_, enhanced.rows - 2 * pad_px_));
    if (face) {
      face->landmarks = without_padding(*face->landmarks, pad_px_);
    }
    std::vector<std::string> rows;
    for (const std::size_t embedder : wanted) {
      start = Clock::now();
      const auto vector = face ? embedders_[embedder].embed(photo, *face->landmarks)
                               : Result<Template>(face.error());
      seconds.embed += seconds_since(start);
      rows.push_back(vector ? template_json(*face, *vector)
                            : R"("failed_to_acquire":)" +
                                  nlohmann::json(vector.error().message).dump());
    }
    return rows;
  }

 private:
  [[nodiscard]] Result<Face> find_face(const Record& record, const cv::Mat& enhanced) const {
    const cv::Size size = enhanced.size();
    std::optional<Box> label;
    for (const LabelledFace& labelled :
         to_pixels(record, size.width - 2 * pad_px_, size.height - 2 * pad_px_)) {
      label = labelled.box;
    }
    if (label) {
      const double pad = pad_px_;
      label = Box{label->x1 + pad, label->y1 + pad, label->x2 + pad, label->y2 + pad};
    }
    return choose_face(detector_->detect(enhanced), size, label, least_score_);
  }

  static std::string template_json(const Face& face, const Template& vector) {
    std::string json = fmt::format(R"("score":{:.5f},"landmarks":[)", face.score);
    for (const Point& point : *face.landmarks) {
      fmt::format_to(std::back_inserter(json), "{}[{:.2f},{:.2f}]",
                     &point == &face.landmarks->front() ? "" : ",", point.x, point.y);
    }
    const std::string_view bytes(reinterpret_cast<const char*>(vector.data()),
                                 vector.size() * sizeof(float));
    return json + R"(],"template":")" + base64(bytes) + '"';
  }

  int pad_px_ = 0;
  double least_score_ = 0;
  std::unique_ptr<Detector> detector_;
  std::vector<Embedder> embedders_;
};

/// What can be wrong with a request before any photo is looked at.
Result<void> check(const AuditRequest& request, const Dataset& dataset) {
  if (!request.detector.has_landmarks()) {
    return Error{"--detector " + request.detector.name() +
                 " gives no landmarks, which aligning needs; take dusk, yunet, retinaface, "
                 "scrfd-500m or scrfd-2.5g"};
  }
  if (const auto labels = AuditLabels::read(request, dataset); !labels) {
    return labels.error();
  }
  return {};
}

/// The labelled boxes, which say whose face of several a template is made of.
std::string boxes_text(const Record& record) {
  std::string text;
  for (const LabelledFace& face : record.faces) {
    if (face.box) {
      for (const double side : {face.box->x1, face.box->y1, face.box->x2, face.box->y2}) {
        text += " " + shortest_number(side);
      }
    }
  }
  return text;
}

}  // namespace

Result<RunOutcome> run_audit(const AuditRequest& request, const ModelRegistry& models,
                             const std::filesystem::path& run_folder, std::size_t jobs) {
  PhotoRun run;
  run.name = "audit";
  run.request = &request;
  run.axis.field = "embedder";
  for (const std::string& name : request.embedders) {
    const auto entry = models.find(name);
    run.axis.names.push_back(name);
    run.axis.checksums.push_back(
        entry && entry->embed ? entry->sha256 + " " + entry->embed->sha256() : "-");
  }
  run.options =
      fmt::format("{} {} {} {} {}", request.detector.name(),
                  request.detector.weights_sha256(models), shortest_number(request.detector_score),
                  shortest_number(request.scale), request.flip ? "flip" : "plain");
  run.labels = boxes_text;
  run.prepare = [&](Dataset& dataset) -> Result<void> {
    for (Record& record : dataset.records) {
      if (record.error.empty() && record.faces.size() > 1) {
        record.error =
            fmt::format("is labelled with {} faces; an audit needs photos of one person each",
                        record.faces.size());
      }
      if (record.error.empty() && record.labelled && record.faces.empty()) {
        record.error = "is labelled as having no face; an audit needs photos of one person each";
      }
    }
    return check(request, dataset);
  };
  run.make_row_maker = [&](const Dataset& dataset) {
    return TemplateRows::make(request, dataset.pad_px, models);
  };
  run.make_run_json = [&](const Dataset& dataset) {
    return audit_to_json(request, models, dataset);
  };
  return run_photos(run, models, run_folder, jobs);
}

}  // namespace everyface
