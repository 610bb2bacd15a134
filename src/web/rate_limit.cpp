#include "everyface/web/rate_limit.h"

#include <algorithm>
#include <cmath>

namespace everyface::web {

RateLimiter::RateLimiter(std::size_t most_keys) : most_keys_(most_keys) {}

std::chrono::seconds RateLimiter::take(std::string_view limit_name, std::string_view key,
                                       const RateLimit& limit, Clock::time_point now) {
  const std::string full_key = std::string(limit_name) + '\n' + std::string(key);
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(full_key);
  if (found == by_key_.end()) {
    if (buckets_.size() == most_keys_) {
      by_key_.erase(buckets_.back().key);
      buckets_.pop_back();
    }
    buckets_.push_front({full_key, limit.burst, now});
    by_key_.emplace(buckets_.front().key, buckets_.begin());
  } else {
    buckets_.splice(buckets_.begin(), buckets_, found->second);
  }
  Bucket& bucket = buckets_.front();
  const double per_second = limit.burst / static_cast<double>(limit.period.count());
  const std::chrono::duration<double> passed = std::max(now - bucket.filled, Clock::duration{0});
  bucket.tokens = std::min(limit.burst, bucket.tokens + passed.count() * per_second);
  bucket.filled = std::max(now, bucket.filled);
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return std::chrono::seconds{0};
  }
  const double wait = std::ceil((1 - bucket.tokens) / per_second);
  return std::chrono::seconds{std::max(1, static_cast<int>(wait))};
}

std::size_t RateLimiter::keys() const {
  const std::lock_guard lock(mutex_);
  return buckets_.size();
}

}  // namespace everyface::web
