#include "everyface/base/progress.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

namespace everyface {

Progress::Progress(std::string what, std::string unit, std::size_t total)
    : what_(std::move(what)),
      unit_(std::move(unit)),
      total_(total),
      on_terminal_(::isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (on_terminal_) {
    fmt::print(stderr, "\r\x1b[K");
  }
}

void Progress::add(std::size_t count) {
  done_ += count;
  if (on_terminal_ && (Clock::now() - drawn_ > std::chrono::milliseconds(200))) {
    draw();
  }
}

void Progress::draw() {
  drawn_ = Clock::now();
  const double seconds = std::chrono::duration<double>(drawn_ - start_).count();
  const double rate = seconds > 0 ? static_cast<double>(done_) / seconds : 0;
  fmt::print(stderr, "\r\x1b[K{}  {}/{} {}  {:.1f}/s", what_, done_, total_, unit_, rate);
  if (rate > 0) {
    fmt::print(stderr, "  {} left", duration_text(static_cast<double>(total_ - done_) / rate));
  }
  std::fflush(stderr);
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<long>(std::lround(seconds));
  if (whole < 60) {
    return fmt::format("{} s", whole);
  }
  if (whole < 3600) {
    return fmt::format("{} min {} s", whole / 60, whole % 60);
  }
  return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

}  // namespace everyface
