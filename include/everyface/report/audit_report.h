// An audit's summary as files for people and for programs.
#pragma once

#include <filesystem>

#include "everyface/base/result.h"
#include "everyface/study/audit_summary.h"

namespace everyface {

struct AuditReportOptions {
  /// Leaves the pictures of faces out of the page, and their files out of report.json and the
  /// tables. The files themselves, if there are any, stay where they are.
  bool no_faces = false;
};

/// Writes into `run_folder`, each file whole or not at all:
///
///   report.json                 everything in the summary; its fields are in docs/
///   report.html                 one page that needs no other file and no network, and reads
///                               without scripts too
///   tables/cells.csv            one row a cell
///   tables/operating_points.csv one row a cell and target FMR
///   tables/identification.csv   one row a cell and target FPIR
///   tables/sizes.csv            one row a cell and gallery size
///   tables/groups.csv           one row a cell, group and rate
///   tables/matrix.csv           one row a cell and pair of groups
///   tables/differentials.csv
///   tables/comparisons.csv      one row a rate, and everyone or a group, before and after
///   tables/curves.csv           one row a cell and point of its DET curve
///   tables/review.csv           the highest-scoring non-mated pairs, in the format that --exclude
///                               takes
///   tables/exclusions.csv
///   tables/failures.csv         photos that could not be used, and odd ones
///
/// CSV and numbers are as write_report() writes them. An infinite ratio has no number in either: a
/// field `infinite` says so.
///
/// The page stays small for large audits: DET curves share 12,000 points, matrices 60,000 cells, a
/// group column shows its 40 largest groups, failures stop at 200 and pictures at 24 MB; each cut
/// is stated on the page with the file that holds the rest.
///
/// Errors: a picture of `review` cannot be read from the run folder, or the disk refuses.
Result<void> write_audit_report(const AuditSummary& summary,
                                const std::filesystem::path& run_folder,
                                const AuditReportOptions& options = {});

}  // namespace everyface
