#include <opencv2/core/utility.hpp>
#include <optional>
#include <utility>

#include "cli/gallery.h"
#include "everyface/base/text.h"
#include "everyface/recognize/align.h"

namespace everyface::cli {

void add_face_options(CLI::App& command, FaceOptions& options) {
  command.add_option("IN", options.photos, "Photos, or folders of photos, with a face each");
  command
      .add_option(
          "--dataset", options.dataset,
          "Kind and path of a data set instead, as in study; its subjects and groups become "
          "columns")
      ->type_name("KIND PATH")
      ->expected(2);
  command.add_option("--templates", options.templates, "Template files instead of photos");
  options.of_photos = {
      command
          .add_option(
              "--detector", options.detector,
              "Finds the face and its landmarks: dusk, yunet, retinaface, scrfd-500m, scrfd-2.5g")
          ->capture_default_str(),
      command
          .add_option("--embedder", options.embedder,
                      "Makes the template; everyface models list names them")
          ->capture_default_str(),
      command
          .add_option("--enhance", options.enhance, "Enhancement before detection, as in enhance")
          ->capture_default_str(),
      command.add_option("--min-score", options.min_score, "Less certain faces are not used")
          ->check(number_in(0.0, 1.0))
          ->capture_default_str(),
      command
          .add_option("--max-megapixels", options.limits.max_megapixels,
                      "Refuse larger photos before decoding them")
          ->capture_default_str(),
  };
}

Result<void> check_face_options(const FaceOptions& options) {
  const int sources = (options.photos.empty() ? 0 : 1) + (options.dataset.empty() ? 0 : 1) +
                      (options.templates.empty() ? 0 : 1);
  if (sources != 1) {
    return Error{"name photos, --dataset or --templates, one of them"};
  }
  for (const CLI::Option* option : options.of_photos) {
    if (!options.templates.empty() && option->count() > 0) {
      return Error{option->get_name() + " is for photos, and --templates are made already: leave " +
                   option->get_name() + " out"};
    }
  }
  if (const auto chain = Chain::parse(options.enhance); !chain) {
    return Error{"--enhance: " + chain.error().message};
  }
  if (options.detector.empty()) {
    return {};
  }
  const auto spec = DetectorSpec::parse(options.detector);
  if (!spec) {
    return Error{"--detector: " + spec.error().message};
  }
  if (!spec->has_landmarks()) {
    return Error{"--detector " + spec->name() +
                 " gives no landmarks, which aligning needs: take dusk, yunet, retinaface, "
                 "scrfd-500m or scrfd-2.5g"};
  }
  return {};
}

Result<FaceSource> open_faces(const FaceOptions& options) {
  FaceSource source;
  if (options.dataset.empty()) {
    source.found = find_photos(options.photos);
    for (const FoundPhoto& photo : source.found.photos) {
      Record record;
      record.name = photo.name;
      record.file = photo.file;
      source.dataset.records.push_back(std::move(record));
    }
    return source;
  }
  auto dataset = open_dataset(options.dataset[0], options.dataset[1]);
  if (!dataset) {
    return Error{"--dataset: " + dataset.error().message};
  }
  source.found.problems = dataset->problems;
  std::vector<Record> usable;
  for (Record& record : dataset->records) {
    if (record.error.empty() && record.faces.size() > 1) {
      record.error = record.name + ": labels for more than one face; crop it to the one to use";
    }
    if (record.error.empty() && record.labelled && record.faces.empty()) {
      record.error = record.name + ": is labelled as having no face";
    }
    if (!record.error.empty()) {
      source.found.problems.push_back(record.error);
      continue;
    }
    source.found.photos.push_back({record.file, record.name});
    usable.push_back(std::move(record));
  }
  source.dataset = *std::move(dataset);
  source.dataset.records = std::move(usable);
  return source;
}

FaceTemplater::FaceTemplater(std::vector<std::unique_ptr<Enhancer>> chain,
                             std::unique_ptr<Detector> detector, Embedder embedder,
                             double min_score)
    : chain_(std::move(chain)),
      detector_(std::move(detector)),
      embedder_(std::move(embedder)),
      min_score_(min_score) {}

Result<FaceTemplater> FaceTemplater::make(const FaceOptions& options, const ModelRegistry& models) {
  auto steps = Chain::parse(options.enhance).value().make(models);
  if (!steps) {
    return steps.error();
  }
  DetectorOptions detection;
  detection.min_score = options.min_score;
  auto detector = DetectorSpec::parse(options.detector).value().make(detection, models);
  if (!detector) {
    return detector.error();
  }
  auto embedder = Embedder::load(models, options.embedder, options.flip);
  if (!embedder) {
    return Error{"--embedder: " + embedder.error().message};
  }
  return FaceTemplater(*std::move(steps), *std::move(detector), *std::move(embedder),
                       options.min_score);
}

Result<Template> FaceTemplater::make_template(const Photo& photo, const Record& record,
                                              int pad_px) {
  std::optional<Box> label;
  for (const LabelledFace& face : to_pixels(record, photo.pixels.cols, photo.pixels.rows)) {
    label = face.box;
  }
  if (label) {
    label = Box{label->x1 + pad_px, label->y1 + pad_px, label->x2 + pad_px, label->y2 + pad_px};
  }
  cv::Mat padded = photo.pixels;
  if (pad_px > 0) {
    cv::copyMakeBorder(photo.pixels, padded, pad_px, pad_px, pad_px, pad_px, cv::BORDER_REPLICATE);
  }
  Pixels pixels(padded);
  for (const auto& step : chain_) {
    step->apply(pixels);
  }
  const cv::Mat bgr = pixels.bytes();
  const auto face = choose_face(detector_->detect(bgr), bgr.size(), label, min_score_);
  if (!face) {
    return face.error();
  }
  // Without the border, whose streaks would make strangers alike.
  const cv::Rect inside(pad_px, pad_px, photo.pixels.cols, photo.pixels.rows);
  return embedder_.embed(bgr(inside), without_padding(*face->landmarks, pad_px));
}

Result<std::vector<FaceTemplater>> make_templaters(const FaceOptions& options,
                                                   const ModelRegistry& models, std::size_t jobs) {
  cv::setNumThreads(1);  // one thread a photo
  std::vector<FaceTemplater> templaters;
  for (std::size_t i = 0; i < jobs; ++i) {
    auto templater = FaceTemplater::make(options, models);
    if (!templater) {
      return templater.error();
    }
    templaters.push_back(*std::move(templater));
  }
  return templaters;
}

Result<TemplateInfo> template_info(const FaceOptions& options, const ModelRegistry& models) {
  const auto entry = models.find(options.embedder);
  if (!entry || !entry->embed) {
    return Error{"--embedder: no embedder \"" + options.embedder + "\"; the embedders are " +
                 join(embedder_names(models), ", ")};
  }
  TemplateInfo info;
  info.model = entry->name;
  info.model_sha256 = entry->sha256;
  info.contract_sha256 = entry->embed->sha256();
  info.flip = options.flip;
  info.detector = options.detector;
  info.dimensions = entry->embed->dimensions;
  return info;
}

}  // namespace everyface::cli
