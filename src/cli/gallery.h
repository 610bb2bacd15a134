// What the subcommands of `everyface gallery` share: photos in, templates out.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "everyface/dataset/dataset.h"
#include "everyface/detect/detector.h"
#include "everyface/enhance/enhancer.h"
#include "everyface/nn/registry.h"
#include "everyface/recognize/embedder.h"
#include "everyface/recognize/template_file.h"

namespace everyface::cli {

/// Where templates come from, and how.
struct FaceOptions {
  std::vector<std::filesystem::path> photos;
  std::vector<std::string> dataset;  ///< kind, path
  std::vector<std::filesystem::path> templates;
  std::string detector;
  std::string embedder;
  std::string enhance = "none";
  bool flip = false;
  double min_score = 0.5;
  PhotoLimits limits;
  std::vector<const CLI::Option*> of_photos;  ///< that say nothing about template files
};

void add_face_options(CLI::App& command, FaceOptions& options);

/// What is wrong with the options by themselves: not exactly one source, template files with an
/// option of photos, a chain or detector that cannot be understood or gives no landmarks. An empty
/// detector or embedder is the caller's matter.
Result<void> check_face_options(const FaceOptions& options);

/// Photos with a face each: those named, or the records of a data set.
struct FaceSource {
  Dataset dataset;    ///< records that cannot be used are left out
  FoundPhotos found;  ///< a photo for each record, in the same order; problems
};
Result<FaceSource> open_faces(const FaceOptions& options);

/// The network, detector and chain of one thread.
class FaceTemplater {
 public:
  /// As make_templaters().
  static Result<FaceTemplater> make(const FaceOptions& options, const ModelRegistry& models);

  /// The template of the photo's face: the one at the record's box, else the largest at the centre.
  /// Errors: failures to acquire.
  Result<Template> make_template(const Photo& photo, const Record& record, int pad_px);

 private:
  FaceTemplater(std::vector<std::unique_ptr<Enhancer>> chain, std::unique_ptr<Detector> detector,
                Embedder embedder, double min_score);

  std::vector<std::unique_ptr<Enhancer>> chain_;
  std::unique_ptr<Detector> detector_;
  Embedder embedder_;
  double min_score_;
};

/// One for each thread. Requires options that check_face_options() takes. Errors: weights are
/// missing.
Result<std::vector<FaceTemplater>> make_templaters(const FaceOptions& options,
                                                   const ModelRegistry& models, std::size_t jobs);

/// What templates made with these options share; without columns. Error: no such embedder.
Result<TemplateInfo> template_info(const FaceOptions& options, const ModelRegistry& models);

void add_gallery_enrol(CLI::App& gallery, ExitCode& exit_code);
void add_gallery_search(CLI::App& gallery, ExitCode& exit_code);
void add_gallery_info(CLI::App& gallery, ExitCode& exit_code);

}  // namespace everyface::cli
