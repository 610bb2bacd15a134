// The worker's side: one photo in, its pixels out, nothing else.
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <exception>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <optional>
#include <string>

#include "commons/open_photo.h"
#include "commons/sandbox.h"
#include "commons/worker_answer.h"

namespace everyface {
namespace {

enum WorkerExit : int { kAnswered = 0, kNoSandbox = 1, kNoPhoto = 2 };

bool read_fully(void* to, std::size_t count) {
  auto* next = static_cast<char*>(to);
  while (count > 0) {
    const ssize_t got = ::read(STDIN_FILENO, next, count);
    if (got > 0) {
      next += got;
      count -= static_cast<std::size_t>(got);
    } else if (got == 0 || errno != EINTR) {
      return false;
    }
  }
  return true;
}

/// A parent that went away ends this process, by SIGPIPE.
void write_fully(const void* from, std::size_t count) {
  const auto* next = static_cast<const char*>(from);
  while (count > 0) {
    const ssize_t written = ::write(STDOUT_FILENO, next, count);
    if (written > 0) {
      next += written;
      count -= static_cast<std::size_t>(written);
    } else if (errno != EINTR) {
      ::_exit(kNoPhoto);
    }
  }
}

std::optional<std::string> read_photo() {
  std::uint32_t length = 0;
  if (!read_fully(&length, sizeof length) || length > kMaxUploadBytes) {
    return std::nullopt;
  }
  std::string bytes(length, '\0');
  return read_fully(bytes.data(), bytes.size()) ? std::optional(std::move(bytes)) : std::nullopt;
}

std::variant<OpenedPhoto, PhotoProblem> open_or_stop(std::string_view bytes) {
  try {
    return open_photo(bytes);
  } catch (const std::exception&) {
    return PhotoProblem::kDecoderStopped;  // out of memory, mostly
  }
}

void answer(const std::variant<OpenedPhoto, PhotoProblem>& outcome) {
  WorkerAnswer head;
  cv::Mat pixels;
  if (const auto* opened = std::get_if<OpenedPhoto>(&outcome)) {
    head.signals = opened->signals;
    pixels = opened->pixels.isContinuous() ? opened->pixels : opened->pixels.clone();
    head.width = pixels.cols;
    head.height = pixels.rows;
  } else {
    head.problem = std::get<PhotoProblem>(outcome);
  }
  const std::string text = write_answer(head);
  const auto length = static_cast<std::uint32_t>(text.size());
  write_fully(&length, sizeof length);
  write_fully(text.data(), text.size());
  write_fully(pixels.data, pixels.total() * pixels.elemSize());
}

}  // namespace

void run_photo_worker() {
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  cv::setNumThreads(1);
  load_decoders();
  if (!enter_sandbox()) {
    ::_exit(kNoSandbox);
  }
  write_fully(&kWorkerReady, 1);
  const auto bytes = read_photo();
  if (!bytes) {
    ::_exit(kNoPhoto);
  }
  answer(open_or_stop(*bytes));
  ::_exit(kAnswered);  // no destructors: some would want more than the sandbox gives
}

}  // namespace everyface
