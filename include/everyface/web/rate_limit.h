// How often someone may do something.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace everyface::web {

/// A bucket holds `burst` tokens and gets one back every `period / burst`: `burst` requests at
/// once, and no more than that in every `period` afterwards.
struct RateLimit {
  double burst = 60;
  std::chrono::seconds period{60};
};

/// Token buckets by key (an account, a network). Thread-safe. Keeps at most `most_keys` buckets and
/// forgets those untouched for longest, which are the fullest.
class RateLimiter {
 public:
  using Clock = std::chrono::steady_clock;

  explicit RateLimiter(std::size_t most_keys = 100'000);

  /// Takes a token. Zero: taken; else how long until there is one, rounded up to seconds.
  std::chrono::seconds take(std::string_view limit_name, std::string_view key,
                            const RateLimit& limit, Clock::time_point now = Clock::now());
  [[nodiscard]] std::size_t keys() const;

 private:
  struct Bucket {
    std::string key;
    double tokens = 0;
    Clock::time_point filled;
  };
  std::size_t most_keys_;
  mutable std::mutex mutex_;
  std::list<Bucket> buckets_;  ///< most recently used first
  std::unordered_map<std::string_view, std::list<Bucket>::iterator> by_key_;
};

/// The limits of the site by name: "network" is taken from by every request of a network, the
/// others by the routes that name them (RouteOptions::rate_limit), once for the network and, where
/// signed in, once for the account.
using RateLimits = std::map<std::string, RateLimit, std::less<>>;

}  // namespace everyface::web
