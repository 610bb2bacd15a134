#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "everyface/base/parallel.h"
#include "everyface/base/text.h"
#include "everyface/dataset/dataset.h"
#include "everyface/nn/registry.h"
#include "everyface/score/average_precision.h"
#include "everyface/score/intervals.h"
#include "everyface/score/paired.h"
#include "everyface/study/study.h"
#include "everyface_version.h"
#include "study/examples.h"
#include "study/finding.h"
#include "study/photo_run.h"
#include "study/request_json.h"
#include "study/results.h"
#include "study/scored_photo.h"

namespace everyface {
namespace {

constexpr std::size_t kCurvePoints = 200;
/// Annotators who could not tell have named no group: such a value has a rate, but no part in gaps.
bool names_a_group(const std::string& value) {
  static const std::set<std::string> kNotTold = {"not sure", "unsure", "unknown", "n/a", "na", "?"};
  return !kNotTold.contains(lower_case(value));
}

Estimate wilson(std::size_t successes, std::size_t trials) {
  const Interval interval = wilson_interval({successes, trials});
  return {trials > 0 ? static_cast<double>(successes) / static_cast<double>(trials) : 0,
          interval.low, interval.high};
}

bool covers_centre(const Box& box, int width, int height) {
  const double x = width / 2.0;
  const double y = height / 2.0;
  return box.x1 <= x && x <= box.x2 && box.y1 <= y && y <= box.y2;
}

/// For a face that is known to be in the photo, but not where: any box that covers the photo's
/// centre and whose sides are at least a third of the photo's.
bool finds_face_without_box(const std::vector<ScoredBox>& boxes, const PhotoResult& photo,
                            double score_threshold) {
  return std::any_of(boxes.begin(), boxes.end(), [&](const ScoredBox& found) {
    return found.score >= score_threshold && covers_centre(found.box, photo.width, photo.height) &&
           found.box.width() >= photo.width / 3.0 && found.box.height() >= photo.height / 3.0;
  });
}

/// Cells that share a detector and an exposure are compared on the same faces.
struct CellPlace {
  std::size_t exposure;
  std::size_t chain;
  std::size_t detector;
};

class Summariser {
 public:
  Summariser(const StudyRequest& request, std::vector<std::string> group_names,
             std::vector<ScoredPhoto> photos)
      : request_(request), group_names_(std::move(group_names)), photos_(std::move(photos)) {
    for (const ScoredPhoto& photo : photos_) {
      for (const LabelledFace& face : photo.faces) {
        has_boxes_ = has_boxes_ || face.box.has_value();
        has_subsets_ = has_subsets_ || !face.subsets.empty();
      }
    }
  }

  [[nodiscard]] bool has_boxes() const { return has_boxes_; }
  [[nodiscard]] const std::vector<ScoredPhoto>& photos() const { return photos_; }

  [[nodiscard]] CellPlace place(std::size_t cell) const {
    const std::size_t detectors = request_.detectors.size();
    const std::size_t chains = request_.enhancers.size();
    return {cell / detectors / chains, cell / detectors % chains, cell % detectors};
  }
  [[nodiscard]] std::size_t index(const CellPlace& place) const {
    return (place.exposure * request_.enhancers.size() + place.chain) * request_.detectors.size() +
           place.detector;
  }

  /// Which of the faces that count a cell finds, photo after photo.
  [[nodiscard]] std::vector<bool> found_faces(std::size_t cell) const {
    std::vector<bool> found;
    for (const ScoredPhoto& photo : photos_) {
      const std::vector<bool> here = found_in(photo, cell, request_);
      found.insert(found.end(), here.begin(), here.end());
    }
    return found;
  }

  [[nodiscard]] CellSummary summarise(std::size_t cell, const std::vector<bool>& found) const {
    const CellPlace at = place(cell);
    CellSummary summary;
    summary.enhance = request_.enhancers[at.chain].name();
    summary.detector = request_.detectors[at.detector].name();
    summary.exposure_ev = request_.exposures_ev[at.exposure];
    summary.score_threshold = request_.score_threshold;
    std::vector<DetectionSample> samples;
    for (const ScoredPhoto& photo : photos_) {
      ++summary.images;
      summary.labelled_images += photo.labelled ? 1U : 0U;
      const auto& boxes = photo.result.cells[cell];
      summary.predictions += static_cast<std::size_t>(std::count_if(
          boxes.begin(), boxes.end(),
          [this](const ScoredBox& box) { return box.score >= request_.score_threshold; }));
      if (photo.labelled && photo.all_faces_have_boxes()) {
        samples.push_back(make_sample(photo, cell));
      }
    }
    summary.faces = found.size();
    summary.true_positives = static_cast<std::size_t>(std::count(found.begin(), found.end(), true));
    if (summary.faces > 0) {
      summary.recall = wilson(summary.true_positives, summary.faces);
    }
    if (has_boxes_) {
      add_box_scores(summary, samples);
    }
    add_groups(summary, found);
    return summary;
  }

 private:
  static DetectionSample make_sample(const ScoredPhoto& photo, std::size_t cell) {
    DetectionSample sample;
    for (const LabelledFace& face : photo.faces) {
      sample.truth.push_back({*face.box, face.ignored});
    }
    sample.detections = photo.result.cells[cell];
    return sample;
  }

  void add_box_scores(CellSummary& summary, const std::vector<DetectionSample>& samples) const {
    const Counts counts = counts_at(samples, request_.match_iou, request_.score_threshold);
    summary.false_positives = counts.false_positives;
    summary.precision = counts.precision();
    summary.f1 = counts.f1();
    summary.false_positives_per_image = counts.false_positives_per_image();
    summary.log_average_miss_rate = log_average_miss_rate(samples, request_.match_iou);
    const auto voc = voc_average_precision(samples, 0.5);
    if (!voc) {
      return;  // no face counts
    }
    AveragePrecision ap;
    ap.voc_all_point = voc->all_point;
    ap.voc_11_point = voc->eleven_point;
    const CocoStats coco = coco_stats(samples);
    ap.coco = coco.ap.value_or(0);
    ap.coco_50 = coco.ap_50.value_or(0);
    ap.wider = wider_average_precision(samples).value_or(0);
    const auto interval = voc_bootstrap_interval(samples, 0.5, request_.seed);
    ap.interval = {ap.voc_all_point, interval ? interval->low : 0, interval ? interval->high : 1};
    if (has_subsets_) {
      ap.wider_easy = subset_ap(samples, "easy");
      ap.wider_medium = subset_ap(samples, "medium");
      ap.wider_hard = subset_ap(samples, "hard");
    }
    summary.ap = ap;
    const auto curve = precision_recall_curve(samples, request_.match_iou);
    for (const PrecisionRecall& point : thin_curve(curve, kCurvePoints)) {
      summary.curve.push_back({point.recall, point.precision, point.score});
    }
  }

  /// WIDER FACE's protocol: in a subset's score the faces outside of it are ignored.
  [[nodiscard]] std::optional<double> subset_ap(std::vector<DetectionSample> samples,
                                                const std::string& subset) const {
    std::size_t at = 0;
    for (const ScoredPhoto& photo : photos_) {
      if (!photo.labelled || !photo.all_faces_have_boxes()) {
        continue;
      }
      DetectionSample& sample = samples[at++];
      for (std::size_t i = 0; i < photo.faces.size(); ++i) {
        const auto& subsets = photo.faces[i].subsets;
        sample.truth[i].ignored =
            std::find(subsets.begin(), subsets.end(), subset) == subsets.end();
      }
    }
    return wider_average_precision(samples);
  }

  void add_groups(CellSummary& summary, const std::vector<bool>& found) const {
    for (const std::string& column : group_names_) {
      std::map<std::string, Proportion> rates;
      std::size_t at = 0;
      for (const ScoredPhoto& photo : photos_) {
        for (const LabelledFace* face : photo.counting_faces()) {
          if (const auto value = group_value(*face, column)) {
            Proportion& rate = rates[*value];
            ++rate.trials;
            rate.successes += found[at] ? 1U : 0U;
          }
          ++at;
        }
      }
      std::vector<Proportion> large;
      std::vector<std::string> names;
      for (const auto& [value, rate] : rates) {
        summary.groups.push_back(
            {column, value, rate.trials, rate.successes, wilson(rate.successes, rate.trials)});
        if (rate.trials >= kSmallestGroup && names_a_group(value)) {
          large.push_back(rate);
          names.push_back(value);
        }
      }
      if (large.size() >= 2) {
        summary.gaps.push_back(make_gap(column, names, large));
      }
    }
  }

  static GroupGap make_gap(const std::string& column, const std::vector<std::string>& names,
                           const std::vector<Proportion>& rates) {
    const auto share = [](const Proportion& rate) {
      return static_cast<double>(rate.successes) / static_cast<double>(rate.trials);
    };
    std::size_t best = 0;
    std::size_t worst = 0;
    for (std::size_t i = 1; i < rates.size(); ++i) {
      best = share(rates[i]) > share(rates[best]) ? i : best;
      worst = share(rates[i]) < share(rates[worst]) ? i : worst;
    }
    const Interval interval = newcombe_interval(rates[best], rates[worst]);
    GroupGap gap;
    gap.by = column;
    gap.best = names[best];
    gap.worst = names[worst];
    gap.difference = share(rates[best]) - share(rates[worst]);
    gap.low = interval.low;
    gap.high = interval.high;
    gap.p_value = equal_rates_p_value(rates);
    return gap;
  }

  const StudyRequest& request_;
  std::vector<std::string> group_names_;
  std::vector<ScoredPhoto> photos_;
  bool has_boxes_ = false;
  bool has_subsets_ = false;
};

/// Each enhancement against the first one asked for ("none", where it is among them).
std::vector<Comparison> compare_cells(const StudyRequest& request, const Summariser& summariser,
                                      const std::vector<std::vector<bool>>& found) {
  std::size_t baseline = 0;
  for (std::size_t c = 0; c < request.enhancers.size(); ++c) {
    baseline = request.enhancers[c].name() == "none" ? c : baseline;
  }
  std::vector<Comparison> comparisons;
  for (std::size_t e = 0; e < request.exposures_ev.size(); ++e) {
    for (std::size_t c = 0; c < request.enhancers.size(); ++c) {
      for (std::size_t d = 0; c != baseline && d < request.detectors.size(); ++d) {
        const PairedTable table = paired_table(found[summariser.index({e, baseline, d})],
                                               found[summariser.index({e, c, d})]);
        Comparison comparison;
        comparison.detector = request.detectors[d].name();
        comparison.exposure_ev = request.exposures_ev[e];
        comparison.before = request.enhancers[baseline].name();
        comparison.after = request.enhancers[c].name();
        comparison.both = table.both;
        comparison.only_before = table.only_first;
        comparison.only_after = table.only_second;
        comparison.neither = table.neither;
        comparison.p_value = mcnemar_p_value(table);
        comparisons.push_back(comparison);
      }
    }
  }
  std::vector<double> p_values;
  for (const Comparison& comparison : comparisons) {
    p_values.push_back(comparison.p_value);
  }
  const std::vector<double> corrected = holm_adjusted(p_values);
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    comparisons[i].p_corrected = corrected[i];
  }
  return comparisons;
}

/// Many gaps are tested at once: Holm's correction over all of the report.
void correct_gaps(std::vector<CellSummary>& cells) {
  std::vector<double> p_values;
  for (const CellSummary& cell : cells) {
    for (const GroupGap& gap : cell.gaps) {
      p_values.push_back(gap.p_value);
    }
  }
  const std::vector<double> adjusted = holm_adjusted(p_values);
  std::size_t at = 0;
  for (CellSummary& cell : cells) {
    for (GroupGap& gap : cell.gaps) {
      gap.beyond_chance = adjusted[at++] < 0.05;
    }
  }
}

}  // namespace

bool ScoredPhoto::all_faces_have_boxes() const {
  return std::all_of(faces.begin(), faces.end(),
                     [](const LabelledFace& face) { return face.box.has_value(); });
}

std::vector<const LabelledFace*> ScoredPhoto::counting_faces() const {
  std::vector<const LabelledFace*> counting;
  for (const LabelledFace& face : faces) {
    if (!face.ignored) {
      counting.push_back(&face);
    }
  }
  return counting;
}

std::vector<bool> found_in(const ScoredPhoto& photo, std::size_t cell,
                           const StudyRequest& request) {
  const auto& boxes = photo.result.cells[cell];
  DetectionSample sample;
  sample.detections = boxes;
  for (const LabelledFace& face : photo.faces) {
    if (face.box) {
      sample.truth.push_back({*face.box, face.ignored});
    }
  }
  const Matching matching = match(sample, request.match_iou, request.score_threshold);
  std::vector<bool> found;
  std::size_t with_box = 0;
  for (const LabelledFace& face : photo.faces) {
    const bool here = face.box
                          ? matching.faces[with_box++].has_value()
                          : finds_face_without_box(boxes, photo.result, request.score_threshold);
    if (!face.ignored) {
      found.push_back(here);
    }
  }
  return found;
}

Result<StudySummary> summarise_study(const std::filesystem::path& run_folder,
                                     const ModelRegistry& models, const SummaryOptions& options) {
  const auto request = read_request(run_folder);
  if (!request) {
    return request.error();
  }
  if (request->shard.count > 1) {
    return Error{
        fmt::format("{} is part {} of {} of a study: join all parts with everyface study "
                    "merge, then there is a whole to report",
                    run_folder.string(), request->shard.index, request->shard.count)};
  }
  auto results = read_results(run_folder, *request);
  if (!results) {
    return results.error();
  }
  const auto dataset =
      open_dataset(request->dataset_kind, request->dataset_path, {request->pad_px});
  if (!dataset) {
    return dataset.error();
  }
  const auto group_names = group_columns(*request, *dataset);
  if (!group_names) {
    return group_names.error();
  }

  const auto command = read_command(run_folder);
  if (!command) {
    return command.error();
  }

  StudySummary summary;
  summary.dataset_kind = request->dataset_kind;
  summary.dataset_path = to_valid_utf8(request->dataset_path);
  summary.records = results->size();
  summary.pad_px = dataset->pad_px;
  summary.scale = request->scale;
  summary.tile_px = request->tile_px;
  summary.score_threshold = request->score_threshold;
  summary.match_iou = request->match_iou;
  summary.seed = request->seed;
  summary.version = EVERYFACE_VERSION;
  summary.command = *command;
  summary.group_names = *group_names;
  for (const std::string& problem : dataset->problems) {
    summary.warnings.push_back({"", problem});
  }

  std::map<std::string, const Record*> records;
  for (const Record& record : dataset->records) {
    records.emplace(to_valid_utf8(record.name), &record);
  }
  std::vector<ScoredPhoto> photos;
  for (PhotoResult& result : *results) {
    const auto record = records.find(result.image);
    if (record == records.end()) {
      return Error{
          fmt::format("{} is in the results but no longer in the data set {}; run the "
                      "study again",
                      result.image, request->dataset_path)};
    }
    if (!result.failure.empty()) {
      summary.failures.push_back({result.image, result.failure});
      continue;
    }
    if (!result.warning.empty()) {
      summary.warnings.push_back({result.image, result.warning});
    }
    ScoredPhoto photo;
    photo.record = record->second;
    photo.labelled = record->second->labelled;
    photo.faces = to_pixels(*record->second, result.width, result.height);
    photo.result = std::move(result);
    summary.has_labels = summary.has_labels || photo.labelled;
    photos.push_back(std::move(photo));
  }
  summary.failed = summary.failures.size();

  const std::size_t cells =
      request->exposures_ev.size() * request->enhancers.size() * request->detectors.size();
  const Summariser summariser(*request, *group_names, std::move(photos));
  summary.has_boxes = summariser.has_boxes();
  summary.cells.resize(cells);
  std::vector<std::vector<bool>> found(cells);
  parallel_in_order(
      cells, std::min(options.jobs, cells), 2 * options.jobs,
      [&](std::size_t, std::size_t cell) {
        found[cell] = summariser.found_faces(cell);
        summary.cells[cell] = summariser.summarise(cell, found[cell]);
      },
      [](std::size_t) { return true; });
  correct_gaps(summary.cells);
  if (summary.has_labels) {
    summary.comparisons = compare_cells(*request, summariser, found);
  }
  for (const ScoredPhoto& photo : summariser.photos()) {
    ImageCounts counts;
    counts.image = photo.result.image;
    if (photo.labelled) {
      counts.faces = photo.counting_faces().size();
    }
    for (const auto& boxes : photo.result.cells) {
      counts.found.push_back(static_cast<std::size_t>(std::count_if(
          boxes.begin(), boxes.end(),
          [&](const ScoredBox& box) { return box.score >= request->score_threshold; })));
    }
    summary.counts.push_back(std::move(counts));
  }
  summary.finding = describe_finding(summary);
  auto examples = render_examples(*request, *dataset, models, summary, summariser.photos(),
                                  run_folder, options);
  if (!examples) {
    return examples.error();
  }
  summary.examples = *std::move(examples);
  return summary;
}

}  // namespace everyface
