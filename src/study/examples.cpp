#include "study/examples.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <set>

#include "everyface/base/parallel.h"
#include "everyface/image/photo.h"
#include "everyface/nn/registry.h"
#include "study/finding.h"
#include "study/render.h"

namespace everyface {
namespace {

constexpr int kLargestSide = 960;

/// Two cells to show side by side.
struct Pair {
  std::size_t exposure = 0;
  std::size_t detector = 0;
  std::size_t before = 0;
  std::size_t after = 0;
  /// Faces (or boxes, without labels) more after than before.
  long change = std::numeric_limits<long>::min();
};

struct Chosen {
  Pair pair;
  const ScoredPhoto* photo;
  long change;
};

class Chooser {
 public:
  Chooser(const StudyRequest& request, const StudySummary& summary,
          const std::vector<ScoredPhoto>& photos)
      : request_(request), summary_(summary), photos_(photos) {}

  [[nodiscard]] std::vector<Chosen> choose(std::size_t count) const {
    std::vector<Pair> pairs;
    for (std::size_t e = 0; e < request_.exposures_ev.size(); ++e) {
      pairs.push_back(best_pair(e));
    }
    std::stable_sort(pairs.begin(), pairs.end(),
                     [](const Pair& a, const Pair& b) { return a.change > b.change; });
    std::vector<Chosen> chosen;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      // The exposures where most changed come first and take the remainder.
      const std::size_t share = count / pairs.size() + (i < count % pairs.size() ? 1 : 0);
      for (const Chosen& one : choose_photos(pairs[i], share)) {
        chosen.push_back(one);
      }
    }
    return chosen;
  }

  [[nodiscard]] std::size_t cell(std::size_t e, std::size_t c, std::size_t d) const {
    return (e * request_.enhancers.size() + c) * request_.detectors.size() + d;
  }

 private:
  [[nodiscard]] long total(std::size_t cell) const {
    const CellSummary& summary = summary_.cells[cell];
    return static_cast<long>(summary_.has_labels ? summary.true_positives : summary.predictions);
  }

  [[nodiscard]] Pair best_pair(std::size_t exposure) const {
    Pair best{exposure};
    for (std::size_t c = 0; c < request_.enhancers.size(); ++c) {
      best.before = request_.enhancers[c].name() == "none" ? c : best.before;
    }
    best.after = best.before;
    for (std::size_t c = 0; c < request_.enhancers.size(); ++c) {
      for (std::size_t d = 0; d < request_.detectors.size(); ++d) {
        const long change = total(cell(exposure, c, d)) - total(cell(exposure, best.before, d));
        // Between equal gains the cell that finds more in all is worth more.
        const bool more =
            total(cell(exposure, c, d)) > total(cell(exposure, best.after, best.detector));
        if (c != best.before && (change > best.change || (change == best.change && more))) {
          best.change = change;
          best.after = c;
          best.detector = d;
        }
      }
    }
    return best;
  }

  [[nodiscard]] long found(const ScoredPhoto& photo, std::size_t cell) const {
    if (summary_.has_labels) {
      const std::vector<bool> here = found_in(photo, cell, request_);
      return std::count(here.begin(), here.end(), true);
    }
    const auto& boxes = photo.result.cells[cell];
    return std::count_if(boxes.begin(), boxes.end(), [this](const ScoredBox& box) {
      return box.score >= request_.score_threshold;
    });
  }

  [[nodiscard]] std::vector<Chosen> choose_photos(const Pair& pair, std::size_t count) const {
    const std::size_t before = cell(pair.exposure, pair.before, pair.detector);
    const std::size_t after = cell(pair.exposure, pair.after, pair.detector);
    std::vector<Chosen> all;
    for (const ScoredPhoto& photo : photos_) {
      if (photo.labelled || !summary_.has_labels) {
        all.push_back({pair, &photo, found(photo, after) - found(photo, before)});
      }
    }
    std::vector<Chosen> by_change = all;
    std::stable_sort(by_change.begin(), by_change.end(),
                     [](const Chosen& a, const Chosen& b) { return a.change > b.change; });
    std::vector<Chosen> chosen;
    std::set<const ScoredPhoto*> taken;
    const auto take = [&](const Chosen& one) {
      if (chosen.size() < count && taken.insert(one.photo).second) {
        chosen.push_back(one);
      }
    };
    for (std::size_t i = 0; i < by_change.size() && i < (count + 1) / 2; ++i) {
      if (by_change[i].change > 0) {
        take(by_change[i]);
      }
    }
    for (std::size_t i = 0; i < by_change.size() && i < (count + 5) / 6; ++i) {
      const Chosen& last = by_change[by_change.size() - 1 - i];
      if (last.change < 0) {
        take(last);
      }
    }
    for (std::size_t i = 0; i < count; ++i) {
      take(all[i * all.size() / count]);
    }
    for (const Chosen& one : all) {
      take(one);
    }
    return chosen;
  }

  const StudyRequest& request_;
  const StudySummary& summary_;
  const std::vector<ScoredPhoto>& photos_;
};

Box scaled(const Box& box, double factor) {
  return {box.x1 * factor, box.y1 * factor, box.x2 * factor, box.y2 * factor};
}

std::vector<DrawnBox> drawn_boxes(const ScoredPhoto& photo, std::size_t cell,
                                  const StudyRequest& request, double factor) {
  using Kind = DrawnBox::Kind;
  std::vector<DrawnBox> drawn;
  DetectionSample sample;
  sample.detections = photo.result.cells[cell];
  for (const LabelledFace& face : photo.faces) {
    if (face.box) {
      sample.truth.push_back({*face.box, face.ignored});
    }
  }
  const bool known = photo.labelled && photo.all_faces_have_boxes();
  const Matching matching = match(sample, request.match_iou, request.score_threshold);
  for (std::size_t i = 0; i < sample.detections.size(); ++i) {
    const auto outcome = matching.detections[i].outcome;
    if (outcome == DetectionOutcome::kBelowThreshold) {
      continue;
    }
    const Kind kind = !known                                  ? Kind::kUnlabelled
                      : outcome == DetectionOutcome::kTrue    ? Kind::kTrue
                      : outcome == DetectionOutcome::kIgnored ? Kind::kIgnored
                                                              : Kind::kFalse;
    drawn.push_back({scaled(sample.detections[i].box, factor), kind, sample.detections[i].score});
  }
  for (std::size_t i = 0; i < sample.truth.size(); ++i) {
    if (!sample.truth[i].ignored && !matching.faces[i]) {
      drawn.push_back({scaled(sample.truth[i].box, factor), Kind::kMissed, 0});
    }
  }
  return drawn;
}

std::string change_text(long change, bool labels) {
  const std::string what = labels ? "face" : "box";
  const std::string plural = labels ? "faces" : "boxes";
  if (change == 0) {
    return "No change";
  }
  const long size = std::abs(change);
  return fmt::format("{} {} {}", size, size == 1 ? what : plural, change > 0 ? "gained" : "lost");
}

/// The part of the photo without its padding, reduced to the size that reports show.
cv::Mat shown(const cv::Mat& padded, int pad_px) {
  cv::Mat picture =
      padded(cv::Rect(pad_px, pad_px, padded.cols - 2 * pad_px, padded.rows - 2 * pad_px));
  const int side = std::max(picture.cols, picture.rows);
  if (side > kLargestSide) {
    cv::Mat reduced;
    const double factor = static_cast<double>(kLargestSide) / side;
    cv::resize(picture, reduced, {}, factor, factor, cv::INTER_AREA);
    return reduced;
  }
  return picture;
}

/// Renders one example; error: the photo has gone or changed since the run, or the disk refuses.
Result<Example> render(const Chosen& chosen, std::size_t number, const Chooser& chooser,
                       const StudyRequest& request, const Dataset& dataset,
                       const ModelRegistry& models, bool labels,
                       const std::filesystem::path& run_folder) {
  const Pair& pair = chosen.pair;
  const auto photo = load_photo(chosen.photo->record->file, {request.max_megapixels});
  if (!photo) {
    return photo.error();
  }
  if (photo->sha256 != chosen.photo->result.sha256) {
    return Error{chosen.photo->record->file.string() +
                 " has changed since the run: give the same study command again"};
  }
  const double ev = request.exposures_ev[pair.exposure];
  const cv::Mat exposed =
      expose_photo(pad_photo(photo->pixels, dataset.pad_px), ev, request.seed, photo->sha256);
  Example example;
  example.image = chosen.photo->result.image;
  example.caption = change_text(chosen.change, labels);
  example.detector = request.detectors[pair.detector].name();
  example.exposure_ev = ev;
  const auto picture = [&](std::size_t chain, const char* when, std::string& name,
                           std::string& file, std::vector<DrawnBox>& boxes) -> Result<void> {
    const auto steps = request.enhancers[chain].make(models);
    if (!steps) {
      return steps.error();
    }
    const cv::Mat pixels = shown(enhance_photo(exposed, *steps), dataset.pad_px);
    name = request.enhancers[chain].name();
    file = fmt::format("pictures/{:04}-{}.jpg", number + 1, when);
    example.width = pixels.cols;
    example.height = pixels.rows;
    boxes = drawn_boxes(*chosen.photo, chooser.cell(pair.exposure, chain, pair.detector), request,
                        static_cast<double>(pixels.cols) / photo->pixels.cols);
    return save_photo(run_folder / file, pixels);
  };
  if (auto done = picture(pair.before, "before", example.before_name, example.before_file,
                          example.before_boxes);
      !done) {
    return done.error();
  }
  if (auto done =
          picture(pair.after, "after", example.after_name, example.after_file, example.after_boxes);
      !done) {
    return done.error();
  }
  return example;
}

}  // namespace

Result<std::vector<Example>> render_examples(const StudyRequest& request, const Dataset& dataset,
                                             const ModelRegistry& models,
                                             const StudySummary& summary,
                                             const std::vector<ScoredPhoto>& photos,
                                             const std::filesystem::path& run_folder,
                                             const SummaryOptions& options) {
  if (photos.empty() || options.examples == 0) {
    return std::vector<Example>{};
  }
  const Chooser chooser(request, summary, photos);
  const std::vector<Chosen> chosen = chooser.choose(options.examples);
  std::vector<Result<Example>> rendered(chosen.size(), Example{});
  parallel_in_order(
      chosen.size(), options.jobs, 2 * options.jobs,
      [&](std::size_t, std::size_t i) {
        rendered[i] =
            render(chosen[i], i, chooser, request, dataset, models, summary.has_labels, run_folder);
      },
      [](std::size_t) { return true; });
  std::vector<Example> examples;
  for (auto& example : rendered) {
    if (!example) {
      return example.error();
    }
    examples.push_back(*std::move(example));
  }
  return examples;
}

}  // namespace everyface
