#include "study/audit_review.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "everyface/base/text.h"
#include "everyface/image/photo.h"
#include "everyface/nn/registry.h"
#include "everyface/recognize/align.h"
#include "study/photo_run.h"
#include "study/render.h"

namespace everyface {
namespace {

constexpr int kPictureSide = 160;

/// Where eyes, nose and mouth corners lie in a picture: a face with its hair and chin.
constexpr Landmarks kPicturePoints = {
    {{60.4, 69.8}, {99.9, 69.6}, {80.3, 92.2}, {64.0, 115.3}, {96.8, 115.1}}};

std::string groups_text(const AuditLabels& labels, std::size_t record) {
  std::vector<std::string> values;
  for (const GroupColumn& column : labels.columns) {
    const std::uint32_t group = column.of_record[record];
    if (group < column.values.size() && column.name.find('+') == std::string::npos) {
      values.push_back(column.values[group]);
    }
  }
  return join(values, ", ");
}

/// The face of a record as the reference condition shows it.
Result<void> draw_face(const AuditRequest& request, const Dataset& dataset,
                       const AuditResults& results, const ModelRegistry& models, std::size_t record,
                       const std::filesystem::path& file) {
  const auto photo = load_photo(dataset.records[record].file, {request.max_megapixels});
  if (!photo) {
    return photo.error();
  }
  if (photo->sha256 != results.sha256[record]) {
    return Error{dataset.records[record].file.string() +
                 " has changed since the run: give the same audit command again"};
  }
  const AuditCells cells(request);
  const AuditCellPlace place = cells.place(cells.reference(0));
  const auto chain = request.enhancers[place.chain].make(models);
  if (!chain) {
    return chain.error();
  }
  const cv::Mat enhanced =
      enhance_photo(expose_photo(pad_photo(photo->pixels, dataset.pad_px),
                                 request.exposures_ev[place.exposure], request.seed, photo->sha256),
                    *chain);
  Landmarks landmarks = results.landmarks[record].value_or(kPicturePoints);
  for (Point& point : landmarks) {
    point.x += dataset.pad_px;
    point.y += dataset.pad_px;
  }
  const auto transform = similarity_transform(landmarks, kPicturePoints);
  if (!transform) {
    return Error{"the landmarks of " + dataset.records[record].name + " do not span a face"};
  }
  return save_photo(file, warp_face(enhanced, *transform, kPictureSide, kPictureSide));
}

}  // namespace

void add_review_pairs(const std::string& embedder, const std::vector<ScoredPair>& pairs,
                      std::size_t count, std::vector<ReviewPair>& review) {
  std::vector<ScoredPair> highest = pairs;
  count = std::min(count, highest.size());
  std::partial_sort(highest.begin(), highest.begin() + static_cast<std::ptrdiff_t>(count),
                    highest.end(), [](const ScoredPair& a, const ScoredPair& b) {
                      return a.score != b.score ? a.score > b.score
                                                : std::pair(a.probe, a.reference) <
                                                      std::pair(b.probe, b.reference);
                    });
  for (std::size_t i = 0; i < count; ++i) {
    ReviewPair& pair = review.emplace_back();
    pair.embedder = embedder;
    pair.score = static_cast<double>(highest[i].score);
    pair.first = std::to_string(highest[i].probe);
    pair.second = std::to_string(highest[i].reference);
  }
}

Result<void> draw_review(const AuditRequest& request, const Dataset& dataset,
                         const AuditLabels& labels, const AuditResults& results,
                         const ModelRegistry& models, const std::filesystem::path& run_folder,
                         std::vector<ReviewPair>& review) {
  std::map<std::size_t, std::string> drawn;  // picture of each record
  const auto settle = [&](std::string& name, std::string& groups,
                          std::string& file) -> Result<void> {
    const std::size_t record = std::stoul(name);
    name = dataset.records[record].name;
    groups = groups_text(labels, record);
    auto [place, fresh] = drawn.emplace(record, "");
    if (fresh) {
      place->second = fmt::format("pictures/{:04}.jpg", drawn.size());
      if (auto done =
              draw_face(request, dataset, results, models, record, run_folder / place->second);
          !done) {
        return done;
      }
    }
    file = place->second;
    return {};
  };
  for (ReviewPair& pair : review) {
    if (auto done = settle(pair.first, pair.first_groups, pair.first_file); !done) {
      return done;
    }
    if (auto done = settle(pair.second, pair.second_groups, pair.second_file); !done) {
      return done;
    }
  }
  return {};
}

}  // namespace everyface
