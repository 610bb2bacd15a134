// Lists of pairs to compare: the protocols of verification.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/dataset/dataset.h"

namespace everyface {

/// Two records of a data set, by their indexes.
struct RecordPair {
  std::size_t first = 0;
  std::size_t second = 0;
  std::optional<bool> mated;        ///< none: the list does not say
  std::optional<std::size_t> fold;  ///< from 0, without gaps
};

/// Reads a list of pairs of a data set's records. Two formats, told apart by the first line:
///
/// - Labeled Faces in the Wild: "FOLDS<tab>PAIRS" (or "PAIRS" alone: no folds), then for each fold
///   PAIRS lines "person<tab>n<tab>m" (mated) and PAIRS lines "person<tab>n<tab>other<tab>m". Photo
///   n of a person is the record whose name ends in person/person_000n with any extension.
/// - CSV with a header: "first" and "second" are names of records, optionally "mated" (1 or 0) and
///   "fold" (from 1; which numbers does not matter).
///
/// Errors name file and line: malformed, fewer or more pairs than the header says, a photo that the
/// data set lacks, a photo with itself.
Result<std::vector<RecordPair>> read_pairs(const std::filesystem::path& path,
                                           const Dataset& dataset);

}  // namespace everyface
