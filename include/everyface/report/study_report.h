// A study's summary as files for people and for programs.
#pragma once

#include <filesystem>

#include "everyface/base/result.h"
#include "everyface/study/summary.h"

namespace everyface {

/// Writes into `run_folder`, each file whole or not at all:
///
///   report.json           everything in the summary but `counts`; its fields are in docs/
///   report.html           one page that needs no other file and no network: pictures, styles and
///                         script are inside it, and it reads without scripts too
///   tables/cells.csv      one row a cell
///   tables/groups.csv     one row a cell and group
///   tables/gaps.csv       one row a cell and group column
///   tables/comparisons.csv
///   tables/curves.csv     one row a cell and point of its precision-recall curve
///   tables/failures.csv   photos that could not be used, and odd ones
///   tables/counts.csv     one row a photo, a column a cell
///
/// CSV is RFC 4180 with LF line ends, numbers in the shortest form that reads back the same, and an
/// empty field for what does not exist. Equal summaries (and pictures) give equal bytes. Numbers
/// that are not finite become null, an empty field or a dash; bytes that are not UTF-8 become
/// U+FFFD.
///
/// The page stays small for large studies: precision-recall curves share 60,000 points, a group
/// column shows its 40 largest groups, failures stop at 200 and pictures at 24 MB; each cut is
/// stated on the page with the file that holds the rest.
///
/// Errors: a picture of `examples` cannot be read from the run folder, or the disk refuses.
Result<void> write_report(const StudySummary& summary, const std::filesystem::path& run_folder);

/// Writes `examples` as an animated WebP that repeats for ever: each photo before (1.2 s) and after
/// (1.8 s), with its boxes drawn and a line of text above. Photos are fitted into the frame of the
/// first, at most 960 pixels wide or high. Solid box: found; dashed: false; dotted ellipse: missed;
/// thin: unlabelled or ignored.
///
/// Errors: no examples, an extension other than .webp, a picture that cannot be read, the disk's
/// reasons.
Result<void> write_animation(const StudySummary& summary, const std::filesystem::path& run_folder,
                             const std::filesystem::path& out_path);

}  // namespace everyface
