// A photo from outside, made harmless: decoded in a process that can do nothing else.
//
// The bytes that people send are decoded nowhere but in a worker: this program started again, which
// keeps no descriptor but one socket, may not open a file, use the network, start a program or
// another process (seccomp; anything beyond an allow list kills it), has limits of memory and
// processor time, and dies with its parent. Each worker sees one photo in its life, so a photo that
// takes over a decoder can reach neither the server nor anybody else's photo. What comes back is
// plain pixels of a size that is checked, and a few signals; the JPEG is written from those pixels
// here. Nothing that stood beside the picture in the file (EXIF, a ZIP at its end, a page in a
// comment) is in what is kept.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

#include "everyface/base/result.h"

namespace everyface {

class WorkerProcess;

/// Files of more bytes are refused unread, photos of more pixels by their header.
inline constexpr std::size_t kMaxUploadBytes = 20'000'000;
inline constexpr double kMaxUploadMegapixels = 50;
/// Larger photos are reduced to this many pixels on their longer side (by area).
inline constexpr int kMaxKeptSide = 4096;
inline constexpr int kThumbnailSide = 320;

/// What a file says of its origin, for moderators; read, told, and not kept in the photo.
struct PhotoSignals {
  std::string format;  ///< "JPEG", "PNG", "WebP" or "HEIC"
  int width = 0;       ///< as stored in the file
  int height = 0;
  bool camera = false;        ///< names a camera (make or model)
  bool capture_time = false;  ///< says when it was taken
  bool location = false;      ///< said where it was taken
  std::string software;       ///< what wrote the file, printable ASCII, at most 64 characters
};

struct CleanPhoto {
  PhotoSignals signals;
  cv::Mat pixels;         ///< CV_8UC3, upright, at most kMaxKeptSide a side
  std::string jpeg;       ///< of `pixels`, quality 95, no metadata
  std::string thumbnail;  ///< JPEG, at most kThumbnailSide a side
};

/// Why there is no clean photo.
enum class PhotoProblem {
  kEmpty,           ///< no bytes
  kTooManyBytes,    ///< more than kMaxUploadBytes
  kNotAPhoto,       ///< none of the four formats
  kAnimation,       ///< a film, not a photo
  kTooManyPixels,   ///< more than kMaxUploadMegapixels
  kCutOff,          ///< the file ends before the photo does
  kDamaged,         ///< the decoder cannot read it
  kDecoderStopped,  ///< the decoder crashed, ran out of memory or did what it may not
  kTooSlow,         ///< took longer than the time limit
  kBusy,            ///< no worker was free in time; the same photo may pass later
};

/// A name that stays the same, e.g. "too-many-pixels": pages translate by it.
std::string_view problem_code(PhotoProblem problem);
/// What happened and what to do, in a sentence or two of English for the person at the camera.
std::string problem_text(PhotoProblem problem);

using PhotoOutcome = std::variant<CleanPhoto, PhotoProblem>;

struct SandboxOptions {
  /// Photos decoded at a time, each in at most 1.5 GiB of memory.
  std::size_t workers = 2;
  /// Callers that may wait for a worker; one more is told kBusy at once.
  std::size_t waiting = 16;
  std::chrono::milliseconds wait_limit{10'000};
  /// From handing the photo over until its pixels are back.
  std::chrono::milliseconds time_limit{20'000};
  /// What starts a worker, i.e. something that calls run_photo_worker().
  std::vector<std::string> command = {"/proc/self/exe", "photo-worker"};
};

/// The workers. Thread-safe.
class PhotoSandbox {
 public:
  /// Returns when a first worker has reported that its sandbox is closed. Errors: the worker cannot
  /// be started, or this system refuses it a sandbox (bytes are never decoded without one).
  static Result<std::unique_ptr<PhotoSandbox>> start(SandboxOptions options = {});

  PhotoSandbox(const PhotoSandbox&) = delete;
  PhotoSandbox& operator=(const PhotoSandbox&) = delete;
  /// Requires that no clean() is under way.
  ~PhotoSandbox();

  PhotoOutcome clean(std::string_view bytes);

  /// Since the start.
  struct Counts {
    std::uint64_t cleaned = 0;
    std::uint64_t refused = 0;  ///< for what the file is
    std::uint64_t stopped = 0;  ///< kDecoderStopped
    std::uint64_t slow = 0;
    std::uint64_t busy = 0;
  };
  [[nodiscard]] Counts counts() const;

 private:
  explicit PhotoSandbox(SandboxOptions options);
  void keep_workers();
  std::unique_ptr<WorkerProcess> take_worker();
  void count(const PhotoOutcome& outcome);

  const SandboxOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable worker_wanted_;
  std::condition_variable worker_ready_;
  std::vector<std::unique_ptr<WorkerProcess>> idle_;
  std::size_t taken_ = 0;
  std::size_t waiting_ = 0;
  bool stopping_ = false;
  Counts counts_;
  std::string start_problem_;  // of the last worker that did not come up
  bool first_tried_ = false;
  // Workers die with the thread that started them, so one thread that lives as long starts them.
  std::thread keeper_;
};

/// The worker itself: closes the sandbox around this process, reads one photo from standard input,
/// writes its pixels to standard output and ends the process. Exit status 0: answered; 1: no
/// sandbox; 2: no photo came.
[[noreturn]] void run_photo_worker();

}  // namespace everyface
