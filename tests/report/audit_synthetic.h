// A small audit with numbers that are easy to recognise.
#pragma once

#include <cmath>
#include <opencv2/core.hpp>
#include <string>

#include "everyface/base/file.h"
#include "everyface/image/photo.h"
#include "everyface/study/audit_summary.h"
#include "tests/testing.h"

namespace everyface::testing {

inline ErrorRate error_rate(std::uint64_t events, std::uint64_t trials) {
  ErrorRate rate{{events, trials, trials / 2}, {}};
  const double value = rate.value().value_or(0);
  rate.interval = events == 0 ? Interval{0, 0.25} : Interval{value / 2, std::fmin(1, value * 2)};
  return rate;
}

inline GroupErrors group_errors(const std::string& value, std::uint64_t false_matches,
                                std::size_t people = 200) {
  GroupErrors group;
  group.by = "skin";
  group.value = value;
  group.photos = 2 * people;
  group.identities = people;
  group.failed_to_acquire = error_rate(10, 2 * people);
  group.fmr = error_rate(false_matches, 4000);
  group.fmr_any = error_rate(2 * false_matches, 8000);
  group.fnmr = error_rate(30, 500);
  group.fpir = error_rate(false_matches, 100);
  group.fnir = error_rate(40, 100);
  return group;
}

inline AuditCell audit_cell(const std::string& enhance, std::uint64_t false_matches,
                            double exposure_ev = 0) {
  AuditCell cell;
  cell.embedder = "sface";
  cell.enhance = enhance;
  cell.exposure_ev = exposure_ev;
  cell.templates = "templates/0.ef";
  cell.images = 400;
  cell.failed_to_acquire = error_rate(20, 400);
  Verification& verification = cell.verification;
  verification.mated = 1000;
  verification.nonmated = 16000;
  verification.auc = 0.9375;
  verification.eer = 0.0625;
  verification.points = {
      {0.01, 0.25, false, error_rate(160, 16000), error_rate(50, 1000), 0.05},
      {0.001, 0.5, true, error_rate(false_matches, 16000), error_rate(100, 1000), 0.125}};
  verification.curve = {{0.75, 0, 0.5}, {0.5, 0.001, 0.1}, {0.25, 0.01, 0.05}, {-0.5, 1, 0}};
  verification.folds = FoldAccuracy{{0.75, 1}, {0.5, 0.25}, 0.875, 0.125};
  Identification& identification = cell.identification.emplace();
  identification.gallery = 100;
  identification.failed_to_enrol = 1;
  identification.mated_probes = 100;
  identification.nonmated_probes = 200;
  identification.rank1 = 0.75;
  identification.cmc = {0.75, 0.8125, 0.875};
  identification.points = {
      {0.01, 0.5, error_rate(false_matches, 200), error_rate(40, 100), 0.0625}};
  identification.sizes = {{50, error_rate(1, 200), error_rate(18, 50)},
                          {100, error_rate(false_matches, 200), error_rate(40, 100)}};
  cell.groups = {group_errors("light", 8), group_errors("dark", 48), group_errors("few", 0, 9)};
  cell.matrices = {{"skin",
                    {"light", "dark", "few"},
                    {error_rate(8, 4000), error_rate(1, 8000), error_rate(0, 80),
                     error_rate(1, 8000), error_rate(48, 4000), error_rate(0, 80),
                     error_rate(0, 80), error_rate(0, 80), error_rate(0, 0)}}};
  cell.differentials = {
      {"skin", "worst to best", "FMR", "dark", "light", 2, 6, Interval{2, 18}, true},
      {"skin", "worst to best", "FPIR", "dark", "light", 2, INFINITY, Interval{1.5, INFINITY},
       false},
      {"skin", "GARBE", "FMR, FNMR", "", "", 2, 0.25, Interval{0.125, 0.5}, {}}};
  return cell;
}

inline AuditComparison audit_comparison(const std::string& rate, const std::string& by,
                                        const std::string& value, std::uint64_t before,
                                        std::uint64_t after, double p_value) {
  AuditComparison comparison{"sface", -4, "none", "gain", rate, by, value, {}, {}, {}, p_value};
  comparison.first = error_rate(before, 200);
  comparison.second = error_rate(after, 200);
  const double difference = (static_cast<double>(after) - static_cast<double>(before)) / 200;
  comparison.difference = Interval{difference - 0.01, difference + 0.01};
  return comparison;
}

/// One embedder, two enhancements, two exposures, one group column.
inline AuditSummary audit_summary() {
  AuditSummary s;
  s.finding = "Gain lowered false positives for dark skin, not for light.";
  s.dataset_kind = "csv";
  s.dataset_path = "photos/list.csv";
  s.records = 401;
  s.failed = 1;
  s.failures = {{"broken.jpg", "truncated"}};
  s.warnings = {{"", "photo b.jpg is listed twice"}};
  s.has_subjects = true;
  s.identities = 200;
  s.pairs = "all pairs of photos";
  s.detector = "yunet";
  s.detector_score = 0.5;
  s.operating_fmr = 0.001;
  s.operating_fpir = 0.01;
  s.excluded_pairs = 3;
  s.seed = 7;
  s.version = "0.1.0";
  s.command = "everyface audit --dataset csv photos/list.csv --embedder sface -o run";
  s.group_names = {"skin"};
  s.cells = {audit_cell("none", 16), audit_cell("gain", 18), audit_cell("none", 64, -4),
             audit_cell("gain", 4, -4)};
  s.cells[0].reference = true;
  s.comparisons = {audit_comparison("FPIR", "", "", 40, 20, 0.001),
                   audit_comparison("FNIR", "", "", 80, 90, 0.5),
                   audit_comparison("FPIR", "skin", "dark", 60, 20, 0.001),
                   audit_comparison("FPIR", "skin", "light", 20, 18, 0.75)};
  s.review = {{"sface", 0.875, "a.jpg", "b.jpg", "light, 20-29", "light, 30-39", "", ""},
              {"sface", 0.8125, "c.jpg", "d.jpg", "dark", "dark", "", ""}};
  s.exclusions = {{"sface", 0, 0.5, "skin", 6}, {"sface", 10, 0.4375, "skin", INFINITY}};
  return s;
}

/// Photos whose people are not known: no mated pairs, no mated searches.
inline AuditSummary audit_without_subjects() {
  AuditSummary s = audit_summary();
  s.has_subjects = false;
  std::erase_if(s.comparisons, [](const AuditComparison& c) { return c.rate == "FNIR"; });
  for (AuditCell& cell : s.cells) {
    Verification& verification = cell.verification;
    verification.mated = 0;
    verification.auc.reset();
    verification.eer.reset();
    verification.folds.reset();
    verification.curve.clear();
    for (VerificationPoint& point : verification.points) {
      point.fnmr = {};
      point.fnmr_at_own_threshold.reset();
    }
    cell.identification->mated_probes = 0;
    cell.identification->rank1.reset();
    cell.identification->cmc.clear();
    for (IdentificationPoint& point : cell.identification->points) {
      point.fnir = {};
    }
    for (GallerySize& size : cell.identification->sizes) {
      size.fnir = {};
    }
    for (GroupErrors& group : cell.groups) {
      group.fnmr = group.fnir = {};
    }
    cell.differentials.resize(2);
  }
  return s;
}

/// Pairs alone: too few photos for a gallery.
inline AuditSummary audit_without_searches() {
  AuditSummary s = audit_summary();
  s.comparisons.clear();
  for (AuditCell& cell : s.cells) {
    cell.identification.reset();
    for (GroupErrors& group : cell.groups) {
      group.fpir = group.fnir = {};
    }
  }
  return s;
}

inline AuditSummary audit_without_groups() {
  AuditSummary s = audit_summary();
  s.group_names.clear();
  s.exclusions.clear();
  std::erase_if(s.comparisons, [](const AuditComparison& c) { return !c.by.empty(); });
  for (AuditCell& cell : s.cells) {
    cell.groups.clear();
    cell.matrices.clear();
    cell.differentials.clear();
  }
  return s;
}

inline AuditSummary audit_of_one_cell() {
  AuditSummary s = audit_summary();
  s.cells.resize(1);
  s.comparisons.clear();
  return s;
}

/// Gives every pair of the review two pictures.
inline void add_faces(AuditSummary& s, const std::filesystem::path& run_folder) {
  ASSERT_TRUE(make_folder(run_folder / "pictures").ok());
  for (std::size_t i = 0; i < s.review.size(); ++i) {
    const auto write = [&](const char* side) {
      const std::string file = "pictures/" + std::to_string(i) + side + ".jpg";
      const cv::Mat picture(16, 16, CV_8UC3, cv::Scalar::all(40));
      EXPECT_TRUE(save_photo(run_folder / file, picture).ok());
      return file;
    };
    s.review[i].first_file = write("-a");
    s.review[i].second_file = write("-b");
  }
}

}  // namespace everyface::testing
