#include "everyface/commons/photo_sandbox.h"

#include <algorithm>
#include <array>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "commons/worker_answer.h"
#include "commons/worker_process.h"
#include "everyface/commons/jpeg.h"

namespace everyface {
namespace {

using Clock = std::chrono::steady_clock;

struct Answered {
  WorkerAnswer answer;
  cv::Mat pixels;
};

PhotoProblem problem_of(Transfer transfer) {
  return transfer == Transfer::kTimedOut ? PhotoProblem::kTooSlow : PhotoProblem::kDecoderStopped;
}

/// Hands the photo to the worker and takes what it answers.
std::variant<Answered, PhotoProblem> exchange(WorkerProcess& worker, std::string_view bytes,
                                              Clock::time_point deadline) {
  const auto length = static_cast<std::uint32_t>(bytes.size());
  const std::string_view length_bytes(reinterpret_cast<const char*>(&length), sizeof length);
  for (const std::string_view part : {length_bytes, bytes}) {
    if (const Transfer sent = worker.send(part, deadline); sent != Transfer::kDone) {
      return problem_of(sent);
    }
  }
  std::uint32_t answer_bytes = 0;
  Transfer got = worker.receive(&answer_bytes, sizeof answer_bytes, deadline);
  if (got != Transfer::kDone || answer_bytes > kMaxAnswerBytes) {
    return problem_of(got);
  }
  std::string text(answer_bytes, '\0');
  got = worker.receive(text.data(), text.size(), deadline);
  if (got != Transfer::kDone) {
    return problem_of(got);
  }
  auto answer = read_answer(text);
  if (!answer) {
    return PhotoProblem::kDecoderStopped;
  }
  if (answer->problem) {
    return *answer->problem;
  }
  cv::Mat pixels(answer->height, answer->width, CV_8UC3);
  got = worker.receive(pixels.data, pixels.total() * pixels.elemSize(), deadline);
  if (got != Transfer::kDone) {
    return problem_of(got);
  }
  return Answered{*std::move(answer), std::move(pixels)};
}

}  // namespace

Result<std::unique_ptr<PhotoSandbox>> PhotoSandbox::start(SandboxOptions options) {
  std::unique_ptr<PhotoSandbox> sandbox(new PhotoSandbox(std::move(options)));
  std::unique_lock lock(sandbox->mutex_);
  sandbox->worker_ready_.wait(lock, [&sandbox] { return sandbox->first_tried_; });
  if (sandbox->idle_.empty()) {
    return Error{sandbox->start_problem_};
  }
  return sandbox;
}

PhotoSandbox::PhotoSandbox(SandboxOptions options)
    : options_(std::move(options)), keeper_([this] { keep_workers(); }) {}

PhotoSandbox::~PhotoSandbox() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  worker_wanted_.notify_one();
  keeper_.join();
}

/// Starts a worker wherever one is missing, so that the next photo need not wait for it.
void PhotoSandbox::keep_workers() {
  const auto start_worker = [this]() -> Result<std::unique_ptr<WorkerProcess>> {
    auto worker = WorkerProcess::spawn(options_.command);
    if (worker) {
      constexpr std::chrono::seconds kStartLimit{30};
      char said = 0;
      const Transfer got = (*worker)->receive(&said, 1, Clock::now() + kStartLimit);
      if (got != Transfer::kDone || said != kWorkerReady) {
        return Error{"the photo worker " + options_.command.front() +
                     " did not report a closed sandbox: does this system allow seccomp filters?"};
      }
    }
    return worker;
  };
  std::unique_lock lock(mutex_);
  while (true) {
    worker_wanted_.wait(lock,
                        [this] { return stopping_ || idle_.size() + taken_ < options_.workers; });
    if (stopping_) {
      return;
    }
    lock.unlock();
    auto worker = start_worker();
    lock.lock();
    first_tried_ = true;
    if (worker) {
      idle_.push_back(*std::move(worker));
      worker_ready_.notify_all();
      continue;
    }
    start_problem_ = worker.error().message;
    worker_ready_.notify_all();
    constexpr std::chrono::seconds kBeforeNextTry{1};
    worker_wanted_.wait_for(lock, kBeforeNextTry, [this] { return stopping_; });
  }
}

/// None where all are taken for longer than a caller may wait.
std::unique_ptr<WorkerProcess> PhotoSandbox::take_worker() {
  std::unique_lock lock(mutex_);
  if (idle_.empty()) {
    if (waiting_ >= options_.waiting) {
      return nullptr;
    }
    ++waiting_;
    worker_ready_.wait_for(lock, options_.wait_limit, [this] { return !idle_.empty(); });
    --waiting_;
    if (idle_.empty()) {
      return nullptr;
    }
  }
  auto worker = std::move(idle_.back());
  idle_.pop_back();
  ++taken_;
  return worker;
}

PhotoOutcome PhotoSandbox::clean(std::string_view bytes) {
  const auto run = [this](std::string_view photo) -> PhotoOutcome {
    if (photo.empty()) {
      return PhotoProblem::kEmpty;
    }
    if (photo.size() > kMaxUploadBytes) {
      return PhotoProblem::kTooManyBytes;
    }
    auto worker = take_worker();
    if (!worker) {
      return PhotoProblem::kBusy;
    }
    auto answered = exchange(*worker, photo, Clock::now() + options_.time_limit);
    worker.reset();
    {
      const std::lock_guard lock(mutex_);
      --taken_;
    }
    worker_wanted_.notify_one();
    if (const auto* problem = std::get_if<PhotoProblem>(&answered)) {
      return *problem;
    }
    auto& [answer, pixels] = std::get<Answered>(answered);
    std::string jpeg = encode_jpeg(pixels, kKeptJpegQuality);
    std::string thumbnail = encode_jpeg(reduced_to(pixels, kThumbnailSide), kSmallJpegQuality);
    return CleanPhoto{std::move(answer.signals), std::move(pixels), std::move(jpeg),
                      std::move(thumbnail)};
  };
  PhotoOutcome outcome = run(bytes);
  count(outcome);
  return outcome;
}

void PhotoSandbox::count(const PhotoOutcome& outcome) {
  const std::lock_guard lock(mutex_);
  const auto* problem = std::get_if<PhotoProblem>(&outcome);
  if (problem == nullptr) {
    ++counts_.cleaned;
  } else if (*problem == PhotoProblem::kDecoderStopped) {
    ++counts_.stopped;
  } else if (*problem == PhotoProblem::kTooSlow) {
    ++counts_.slow;
  } else if (*problem == PhotoProblem::kBusy) {
    ++counts_.busy;
  } else {
    ++counts_.refused;
  }
}

PhotoSandbox::Counts PhotoSandbox::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace everyface
