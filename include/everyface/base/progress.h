// How far a batch is, on standard error.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace everyface {

/// A line such as "study  120/6000 photos  41.2/s  2 min 23 s left", redrawn at most five times a
/// second, and only where standard error is a terminal. Not thread-safe: call from one thread at a
/// time.
class Progress {
 public:
  Progress(std::string what, std::string unit, std::size_t total);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Wipes the line.
  ~Progress();

  void add(std::size_t count = 1);

 private:
  using Clock = std::chrono::steady_clock;
  void draw();

  std::string what_;
  std::string unit_;
  std::size_t total_;
  std::size_t done_ = 0;
  bool on_terminal_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point drawn_;
};

/// "41 s", "2 min 23 s", "3 h 05 min".
std::string duration_text(double seconds);

}  // namespace everyface
