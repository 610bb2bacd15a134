// Whether the check of contributed photos accepts everybody alike: rates by race label of UTKFace,
// in daylight and darkened, with 95 % intervals. Thresholds are chosen on one half of the photos
// (--part calibrate) and rates reported on the other.
//
//   bench_photo_check ../shared/data/utkface --models ../shared/models
#include "everyface/commons/photo_check.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <opencv2/imgproc.hpp>
#include <set>
#include <string>
#include <vector>

#include "everyface/base/hash.h"
#include "everyface/base/parallel.h"
#include "everyface/commons/brighten.h"
#include "everyface/dataset/dataset.h"
#include "everyface/image/exposure.h"
#include "everyface/image/photo.h"
#include "everyface/nn/registry.h"
#include "everyface/score/intervals.h"

namespace {

using namespace everyface;

struct Options {
  std::string photos;
  std::string models;
  std::string part = "report";
  std::size_t per_group = 600;
  std::vector<double> exposures = {0, -3};
  double blur = 0;
  std::size_t jobs = 1;
};

/// Adults, for contributors are; of each race label the first by the hash of their names.
std::vector<Record> choose_records(const Dataset& dataset, const Options& options) {
  const std::set<std::string> kNotAdult = {"0-2", "3-9", "10-19"};
  std::map<std::string, std::map<std::uint64_t, const Record*>> by_race;
  for (const Record& record : dataset.records) {
    const std::uint64_t hash = stable_hash64(record.name);
    const bool in_calibration = (hash & 1U) == 0;
    if (record.error.empty() && in_calibration == (options.part == "calibrate") &&
        !kNotAdult.contains(record.faces.front().groups.at("age"))) {
      by_race[record.faces.front().groups.at("race")][hash] = &record;
    }
  }
  std::vector<Record> chosen;
  for (const auto& [race, records] : by_race) {
    std::size_t taken = 0;
    for (const auto& [hash, record] : records) {
      if (taken++ < options.per_group) {
        chosen.push_back(*record);
      }
    }
  }
  return chosen;
}

cv::Mat rendered(const Photo& photo, int pad, double exposure, double blur) {
  cv::Mat padded;
  cv::copyMakeBorder(photo.pixels, padded, pad, pad, pad, pad, cv::BORDER_REPLICATE);
  if (blur > 0) {
    cv::GaussianBlur(padded, padded, {}, blur);
  }
  return render_exposure(padded, exposure, exposure_seed(1, photo.sha256, exposure));
}

std::string percentiles(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  std::string text;
  for (const double fraction : {0.005, 0.01, 0.02, 0.05, 0.5}) {
    text += fmt::format(" {:.3f}", values.empty() ? 0 : percentile_of_sorted(values, fraction));
  }
  return text;
}

struct Group {
  Proportion accepted;
  std::size_t told_dark = 0;
  std::map<std::string, std::size_t> reasons;
  std::vector<double> sharpness;
  std::vector<double> signal_to_noise;
  std::vector<double> live;
};

void print_groups(double exposure, const std::map<std::string, Group>& groups) {
  fmt::print("\n{} EV\n", exposure);
  std::vector<Proportion> rates;
  for (const auto& [race, group] : groups) {
    const Interval interval = wilson_interval(group.accepted);
    fmt::print("{:8} accepted {} of {} = {:.1f} % [{:.1f}, {:.1f}]  ", race,
               group.accepted.successes, group.accepted.trials,
               100.0 * static_cast<double>(group.accepted.successes) /
                   static_cast<double>(group.accepted.trials),
               100 * interval.low, 100 * interval.high);
    for (const auto& [reason, count] : group.reasons) {
      fmt::print(" {} {}", reason, count);
    }
    fmt::print("\n         sharpness{}  signal to noise{}  live{}\n", percentiles(group.sharpness),
               percentiles(group.signal_to_noise), percentiles(group.live));
    rates.push_back(group.accepted);
  }
  const auto rate = [](const Proportion& p) {
    return static_cast<double>(p.successes) / static_cast<double>(p.trials);
  };
  const auto [worst, best] = std::minmax_element(
      rates.begin(), rates.end(),
      [&rate](const Proportion& a, const Proportion& b) { return rate(a) < rate(b); });
  const Interval gap = newcombe_interval(*best, *worst);
  fmt::print("best minus worst {:.1f} points [{:.1f}, {:.1f}]; equal rates: p = {:.3f}\n",
             100 * (rate(*best) - rate(*worst)), 100 * gap.low, 100 * gap.high,
             equal_rates_p_value(rates));
}

int measure(const Options& options) {
  const auto models = ModelRegistry::open(options.models);
  const auto dataset = open_dataset("utkface", options.photos);
  if (!models || !dataset) {
    fmt::print(stderr, "{}\n", (models ? dataset.error() : models.error()).message);
    return 3;
  }
  const std::vector<Record> records = choose_records(*dataset, options);
  std::vector<PhotoChecker> checkers;
  for (std::size_t i = 0; i < options.jobs; ++i) {
    auto checker = PhotoChecker::open(*models);
    if (!checker) {
      fmt::print(stderr, "{}\n", checker.error().message);
      return 3;
    }
    checkers.push_back(*std::move(checker));
  }
  fmt::print("{} photos of adults ({}), detector {}, blur {} px\n", records.size(), options.part,
             checkers.front().finder().detector(), options.blur);
  for (const double exposure : options.exposures) {
    std::map<std::string, Group> groups;
    std::vector<PhotoCheck> checks(records.size());
    const auto check_one = [&](std::size_t worker, std::size_t i) {
      const auto photo = load_photo(records[i].file);
      if (photo) {
        checks[i] =
            checkers[worker].check(rendered(*photo, dataset->pad_px, exposure, options.blur));
      }
    };
    const auto count_one = [&](std::size_t i) {
      Group& group = groups[records[i].faces.front().groups.at("race")];
      const PhotoCheck& check = checks[i];
      ++group.accepted.trials;
      group.accepted.successes += check.is_accepted() ? 1U : 0U;
      for (const CheckReason reason : check.reasons) {
        ++group.reasons[std::string(reason_code(reason))];
      }
      if (check.chosen) {
        group.sharpness.push_back(check.measures.sharpness);
        group.signal_to_noise.push_back(check.measures.signal_to_noise);
        group.live.push_back(check.measures.live.value_or(1));
      }
      return true;
    };
    parallel_in_order(records.size(), options.jobs, 4 * options.jobs, check_one, count_one);
    print_groups(exposure, groups);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Rates of acceptance of the photo check by race label of UTKFace"};
  app.add_option("photos", options.photos, "UTKFace's folder")->required();
  app.add_option("--models", options.models, "folder with weights")->required();
  app.add_option("--part", options.part, "half of the photos: calibrate or report");
  app.add_option("--per-group", options.per_group, "photos of each label, at most");
  app.add_option("--exposure", options.exposures, "EV")->delimiter(',');
  app.add_option("--blur", options.blur, "blur the photos first: standard deviation in pixels");
  app.add_option("--jobs", options.jobs, "threads");
  CLI11_PARSE(app, argc, argv);
  cv::setNumThreads(1);
  return measure(options);
}
