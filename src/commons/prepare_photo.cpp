#include "everyface/commons/prepare_photo.h"

#include <algorithm>

#include "everyface/base/hash.h"
#include "everyface/commons/brighten.h"
#include "everyface/commons/jpeg.h"
#include "everyface/commons/publish_photo.h"

namespace everyface {
namespace {

double quality_of(const FaceMeasures& measures) {
  constexpr double kFineWidth = 200;
  constexpr double kFineSharpness = 0.4;
  constexpr double kFineSignal = 20;
  return std::min(1.0, measures.width_px / kFineWidth) *
         std::min(1.0, measures.sharpness / kFineSharpness) *
         std::min(1.0, measures.signal_to_noise / kFineSignal);
}

}  // namespace

PreparedPhoto prepare_photo(std::string_view file, const CleanPhoto& clean, const PhotoCheck& check,
                            const Preparation& preparation, FaceFinder& finder,
                            const ModelRegistry& models) {
  const Face& chosen = check.faces.at(check.chosen.value());
  const cv::Mat pixels =
      preparation.brighten ? brightened(clean.pixels, chosen.box.width(), models) : clean.pixels;
  // Who was hidden in the dark may be plain after brightening, and the other way round.
  std::vector<Face> everybody = finder.find_everybody(pixels);
  everybody.insert(everybody.end(), check.faces.begin(), check.faces.end());
  const cv::Mat published = publishable(pixels, chosen.box, everybody);

  PreparedPhoto prepared;
  prepared.jpeg = encode_jpeg(published, kKeptJpegQuality);
  prepared.thumbnail = encode_jpeg(reduced_to(published, kThumbnailSide), kSmallJpegQuality);
  prepared.width = published.cols;
  prepared.height = published.rows;
  prepared.face = chosen.box;
  prepared.quality = quality_of(check.measures);
  prepared.sha256 = sha256_hex(file);
  prepared.perceptual_hash = perceptual_hash(clean.pixels);
  prepared.camera = clean.signals.camera;
  prepared.software = clean.signals.software;
  if (preparation.matcher != nullptr) {
    if (auto made = preparation.matcher->make_template(pixels, chosen)) {
      prepared.face_template = *std::move(made);
      prepared.template_model = preparation.matcher->model();
      prepared.template_distance = 1 - preparation.matcher->least_cosine();
    }
  }
  return prepared;
}

}  // namespace everyface
