// A file from outside becomes a photo that can be put before the moderators, or a question, or an
// answer on what to change: the sandbox, the check, the blurring of others and the digests that
// find duplicates, one after the other.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/commons/duplicates.h"
#include "everyface/commons/photo_check.h"
#include "everyface/commons/photo_sandbox.h"
#include "everyface/commons/prepared_photo.h"
#include "everyface/commons/try_photo.h"
#include "everyface/nn/registry.h"

namespace everyface {

/// What the contributor has answered so far.
struct IntakeAnswers {
  std::optional<std::size_t> face;  ///< which of IntakeQuestion::faces is theirs, from 0
  std::optional<bool> brighten;     ///< whether a dark photo is to be published brightened
  bool with_template = false;       ///< they agreed to a template of their face
};

/// Why there is no prepared photo yet.
struct IntakeQuestion {
  /// Names that stay the same, e.g. "too-small" or "cut-off", what to change first comes first:
  /// reason_code() and problem_code().
  std::vector<std::string> codes;
  bool is_refusal = true;  ///< another photo is needed; false: an answer is enough

  // Where an answer is enough.
  std::vector<Box> faces;  ///< "which-face": of the preview, the largest first
  int width = 0;           ///< of the previews
  int height = 0;
  std::string preview;       ///< JPEG, at most kTrySide a side
  std::string dark_preview;  ///< "dark": how it would look brightened
};

using IntakeOutcome = std::variant<PreparedPhoto, IntakeQuestion>;

/// Thread-safe.
class PhotoIntake {
 public:
  /// With the weights that are installed. Errors: no sandbox on this system, damaged weights.
  static Result<std::unique_ptr<PhotoIntake>> start(SandboxOptions options = {});
  PhotoIntake(const PhotoIntake&) = delete;
  PhotoIntake& operator=(const PhotoIntake&) = delete;
  ~PhotoIntake();

  IntakeOutcome prepare(std::string_view bytes, const IntakeAnswers& answers);

  /// A photo whose verdict is certain, for the moderators' hidden items: whatever it shows, as long
  /// as it can be decoded. Code: one of problem_code().
  Result<PreparedPhoto> prepare_any(std::string_view bytes);

  /// For the page where everyone can try it. Code: one of problem_code().
  Result<TriedPhoto> try_out(std::string_view bytes);

  /// Name of the detector that looks for faces.
  [[nodiscard]] const std::string& detector() const { return detector_; }
  [[nodiscard]] PhotoSandbox::Counts sandbox_counts() const { return sandbox_->counts(); }

 private:
  struct Desk;  // what one photo at a time needs: networks and their buffers
  class DeskInUse;

  PhotoIntake(ModelRegistry models, std::unique_ptr<PhotoSandbox> sandbox,
              std::vector<std::unique_ptr<Desk>> desks);

  const ModelRegistry models_;
  const std::unique_ptr<PhotoSandbox> sandbox_;
  std::string detector_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Desk>> free_;
};

}  // namespace everyface
