// Counts and times in Prometheus' text format.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace everyface::web {

/// Thread-safe. Series are made when they are first counted; names follow Prometheus' rules and
/// label values may be any text.
class Metrics {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;

  /// Adds to a counter. `help` is one sentence.
  void count(std::string_view name, std::string_view help, const Labels& labels = {},
             std::uint64_t by = 1);
  /// A value that is asked for whenever the metrics are read.
  void gauge(std::string_view name, std::string_view help, std::function<double()> read);
  /// A duration in seconds, into buckets from 1 ms to 10 s.
  void observe(std::string_view name, std::string_view help, const Labels& labels, double seconds);

  /// Exposition format 0.0.4.
  [[nodiscard]] std::string text() const;

 private:
  static constexpr std::array<double, 13> kBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                     0.25,  0.5,    1,     2.5,  5,     10};
  struct Histogram {
    std::array<std::uint64_t, kBounds.size()> buckets{};
    std::uint64_t count = 0;
    double sum = 0;
  };
  struct Family {
    std::string help;
    std::map<std::string, std::uint64_t, std::less<>> counters;
    std::map<std::string, Histogram, std::less<>> histograms;
    std::function<double()> read;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;
};

}  // namespace everyface::web
