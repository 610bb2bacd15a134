// Time as a value that is handed in, so that tests need neither sleeps nor the real clock.
#pragma once

#include <cstdint>
#include <functional>

namespace everyface {

/// Milliseconds since 1970, UTC.
using Clock = std::function<std::int64_t()>;

/// The system's clock.
Clock system_clock();

inline constexpr std::int64_t kSecondMs = 1000;
inline constexpr std::int64_t kMinuteMs = 60 * kSecondMs;
inline constexpr std::int64_t kHourMs = 60 * kMinuteMs;
inline constexpr std::int64_t kDayMs = 24 * kHourMs;

}  // namespace everyface
