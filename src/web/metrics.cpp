#include "everyface/web/metrics.h"

#include <fmt/format.h>

#include "everyface/base/text.h"

namespace everyface::web {
namespace {

/// {a="x",b="y"}, or nothing where there are no labels.
std::string label_text(const Metrics::Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    text += text.empty() ? "{" : ",";
    text += name + "=\"";
    for (const char c : value) {
      if (c == '\\' || c == '"') {
        text += '\\';
      }
      if (c == '\n') {
        text += "\\n";
      } else {
        text += c;
      }
    }
    text += '"';
  }
  return text.empty() ? text : text + "}";
}

/// The labels and one more.
std::string with_bound(const std::string& labels, const std::string& bound) {
  const std::string more = "le=\"" + bound + "\"}";
  return labels.empty() ? "{" + more : labels.substr(0, labels.size() - 1) + "," + more;
}

}  // namespace

void Metrics::count(std::string_view name, std::string_view help, const Labels& labels,
                    std::uint64_t by) {
  const std::lock_guard lock(mutex_);
  Family& family = families_[std::string(name)];
  family.help = help;
  family.counters[label_text(labels)] += by;
}

void Metrics::gauge(std::string_view name, std::string_view help, std::function<double()> read) {
  const std::lock_guard lock(mutex_);
  Family& family = families_[std::string(name)];
  family.help = help;
  family.read = std::move(read);
}

void Metrics::observe(std::string_view name, std::string_view help, const Labels& labels,
                      double seconds) {
  const std::lock_guard lock(mutex_);
  Family& family = families_[std::string(name)];
  family.help = help;
  Histogram& histogram = family.histograms[label_text(labels)];
  for (std::size_t i = 0; i < kBounds.size(); ++i) {
    if (seconds <= kBounds.at(i)) {
      ++histogram.buckets.at(i);
    }
  }
  ++histogram.count;
  histogram.sum += seconds;
}

std::string Metrics::text() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [name, family] : families_) {
    const char* kind = family.read ? "gauge" : family.histograms.empty() ? "counter" : "histogram";
    text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, family.help, name, kind);
    if (family.read) {
      text += fmt::format("{} {}\n", name, shortest_number(family.read()));
    }
    for (const auto& [labels, value] : family.counters) {
      text += fmt::format("{}{} {}\n", name, labels, value);
    }
    for (const auto& [labels, histogram] : family.histograms) {
      for (std::size_t i = 0; i < kBounds.size(); ++i) {
        text += fmt::format("{}_bucket{} {}\n", name,
                            with_bound(labels, shortest_number(kBounds.at(i))),
                            histogram.buckets.at(i));
      }
      text += fmt::format("{}_bucket{} {}\n", name, with_bound(labels, "+Inf"), histogram.count);
      text += fmt::format("{}_sum{} {}\n", name, labels, shortest_number(histogram.sum));
      text += fmt::format("{}_count{} {}\n", name, labels, histogram.count);
    }
  }
  return text;
}

}  // namespace everyface::web
