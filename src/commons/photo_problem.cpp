#include <fmt/format.h>

#include "everyface/commons/photo_sandbox.h"

namespace everyface {

std::string_view problem_code(PhotoProblem problem) {
  switch (problem) {
    case PhotoProblem::kEmpty:
      return "empty";
    case PhotoProblem::kTooManyBytes:
      return "too-many-bytes";
    case PhotoProblem::kNotAPhoto:
      return "not-a-photo";
    case PhotoProblem::kAnimation:
      return "animation";
    case PhotoProblem::kTooManyPixels:
      return "too-many-pixels";
    case PhotoProblem::kCutOff:
      return "incomplete";
    case PhotoProblem::kDamaged:
      return "damaged";
    case PhotoProblem::kDecoderStopped:
      return "decoder-stopped";
    case PhotoProblem::kTooSlow:
      return "too-slow";
    case PhotoProblem::kBusy:
      return "busy";
  }
  return "unknown";
}

std::string problem_text(PhotoProblem problem) {
  switch (problem) {
    case PhotoProblem::kEmpty:
      return "The file is empty. Choose it again; perhaps it had not been saved yet.";
    case PhotoProblem::kTooManyBytes:
      return fmt::format("The file is larger than {} MB. Save the photo smaller and send that.",
                         kMaxUploadBytes / 1'000'000);
    case PhotoProblem::kNotAPhoto:
      return "This is not a photo that we can read. Send a JPEG, PNG, WebP or HEIC file.";
    case PhotoProblem::kAnimation:
      return "This is an animation. Send a single photo.";
    case PhotoProblem::kTooManyPixels:
      return fmt::format(
          "The photo has more than {} megapixels. Save it smaller, or take it with the camera's "
          "ordinary setting.",
          kMaxUploadMegapixels);
    case PhotoProblem::kCutOff:
      return "The file stops in the middle of the photo; perhaps the transfer was interrupted. "
             "Send "
             "it again.";
    case PhotoProblem::kDamaged:
      return "The file is damaged and cannot be read. Open the photo on your device, save a copy, "
             "and send that.";
    case PhotoProblem::kDecoderStopped:
      return "This file could not be read safely. Open the photo on your device, save a copy as "
             "JPEG, and send that.";
    case PhotoProblem::kTooSlow:
      return "Reading this file takes too long. Open the photo on your device, save a copy as "
             "JPEG, "
             "and send that.";
    case PhotoProblem::kBusy:
      return "Many photos are arriving at this moment. Your photo is fine; send it again in a "
             "minute.";
  }
  return {};
}

}  // namespace everyface
