// Whether a photo of a face can be contributed, and if not, what to change.
//
// Nothing here judges a person. Light is judged by the whole photo and is never a reason to refuse
// by itself; sharpness and noise are ratios within the face, which are the same for every skin and
// at every exposure. docs/intake.md has the rates of acceptance by group and how to measure them.
#pragma once

#include <cstddef>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/commons/face_finder.h"

namespace everyface {

enum class CheckReason {
  kNoFace,      ///< nobody found, though the photo is bright enough
  kTooDark,     ///< so little light that noise hides the face, or any face
  kWhichFace,   ///< several people as large as each other: the contributor must point at one
  kTooSmall,    ///< face of fewer than kMinFaceWidth pixels
  kCutOff,      ///< a part of the face lies outside the photo
  kBlurred,     ///< out of focus or shaken
  kDark,        ///< dark, but usable; a brightened copy can be chosen
  kMaybeScreen  ///< may be a picture of a screen or a print; moderators see it too
};

/// What a reason asks for.
enum class CheckAdvice {
  kRefuse,  ///< another photo is needed
  kAsk,     ///< an answer is needed
  kTell     ///< the photo can go on as it is
};

/// A name that stays the same, e.g. "too-small": pages translate by it.
std::string_view reason_code(CheckReason reason);
CheckAdvice reason_advice(CheckReason reason);
/// What to change, in a sentence or two of English for the person at the camera.
std::string reason_text(CheckReason reason);

/// Pixels across the face's box below which embedders have too little to go by.
inline constexpr double kMinFaceWidth = 80;
/// The face with its structure of eyes, nose and mouth, over the noise: below this ratio it drowns.
inline constexpr double kMinSignalToNoise = 2.0;
/// Fine structure over coarse structure of the face, noise taken off: below this ratio it is
/// blurred.
inline constexpr double kMinSharpness = 0.14;
/// Probability that the face is live, by the anti-spoofing network, which is asked in light only:
/// in the dark it doubts everybody.
inline constexpr double kMinLive = 0.005;

/// What was measured on the chosen face.
struct FaceMeasures {
  double width_px = 0;
  double sharpness = 0;
  double signal_to_noise = 0;
  std::optional<double> live;  ///< none: the network is not installed, or the photo is dark
};

struct PhotoCheck {
  std::vector<CheckReason> reasons;   ///< what to change first comes first
  std::vector<Face> faces;            ///< everyone who may be the subject, largest first
  std::optional<std::size_t> chosen;  ///< of `faces`: the subject
  FaceMeasures measures;              ///< of the subject

  [[nodiscard]] bool has(CheckReason reason) const;
  /// No reason refuses.
  [[nodiscard]] bool is_usable() const;
  /// No reason refuses or asks.
  [[nodiscard]] bool is_accepted() const;
};

/// Sharpness and signal-to-noise of the face in a CV_8UC3 photo. The middle of the box is brought
/// to 80 × 80 pixels; its structure is split by Gaussians of σ 1 and 4 into fine and coarse. The
/// noise of the photo there (Immerkaer's estimate, reduced as averaging reduces it) is taken off
/// both. Both ratios stay the same when the light changes.
FaceMeasures measure_face(const cv::Mat& bgr, const Box& face);

/// One instance per thread.
class PhotoChecker {
 public:
  /// Errors: as FaceFinder::open(); the anti-spoofing weights are installed but damaged.
  static Result<PhotoChecker> open(const ModelRegistry& models);

  PhotoChecker(PhotoChecker&& other) noexcept;
  PhotoChecker& operator=(PhotoChecker&& other) noexcept;
  ~PhotoChecker();

  /// Checks a CV_8UC3 photo. `pointed_at`: where in the photo the contributor pointed, to say which
  /// face is theirs.
  PhotoCheck check(const cv::Mat& bgr, const std::optional<Point>& pointed_at = std::nullopt);

  [[nodiscard]] FaceFinder& finder() { return finder_; }
  [[nodiscard]] bool knows_screens() const { return live_ != nullptr; }

 private:
  class LiveNetwork;
  PhotoChecker(FaceFinder finder, std::unique_ptr<LiveNetwork> live);

  FaceFinder finder_;
  std::unique_ptr<LiveNetwork> live_;
};

}  // namespace everyface
