// What a photo worker answers, as bytes. The server reads them as it would a stranger's: a photo
// may have taken the worker over.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "everyface/base/result.h"
#include "everyface/commons/photo_sandbox.h"

namespace everyface {

/// A worker says that its sandbox is closed by this byte. Then photos go to it, and answers come
/// back, each behind its length in four bytes (of this machine's order).
inline constexpr char kWorkerReady = '+';
inline constexpr std::size_t kMaxAnswerBytes = 4096;

/// A problem, or the photo's signals and the size of the pixels that follow the answer (three bytes
/// each, row by row, nothing between).
struct WorkerAnswer {
  std::optional<PhotoProblem> problem;
  PhotoSignals signals;
  int width = 0;
  int height = 0;
};

std::string write_answer(const WorkerAnswer& answer);

/// Error: not what write_answer() writes, or sides beyond 1..kMaxKeptSide.
Result<WorkerAnswer> read_answer(std::string_view text);

}  // namespace everyface
