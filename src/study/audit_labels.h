// Who is on the photos of an audit's data set, in numbers, and which pairs are to be compared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "everyface/dataset/dataset.h"
#include "everyface/dataset/pairs.h"
#include "everyface/study/audit.h"

namespace everyface {

/// A column of groups. Photos whose group is not known belong to one more group at the end, which
/// is never reported.
struct GroupColumn {
  std::string name;
  std::vector<std::string> values;
  std::vector<std::uint32_t> of_record;  ///< 0..values.size()
  /// Index of the group that --reference-group names.
  std::optional<std::size_t> reference;

  [[nodiscard]] std::size_t groups() const { return values.size() + 1; }
};

/// An id or a date is no group; and every pair of groups is a rate of its own, resampled.
inline constexpr std::size_t kMostGroups = 64;

struct AuditLabels {
  bool has_subjects = false;
  /// By record; a photo whose subject is not known is taken as a person of its own.
  std::vector<std::uint32_t> identity;
  std::size_t identities = 0;
  std::vector<GroupColumn> columns;
  std::optional<std::vector<RecordPair>> pairs;  ///< none: all pairs
  std::vector<RecordPair> excluded;
  bool nonmated_only = false;
  std::string pairs_text;             ///< which pairs are compared, in words
  std::vector<std::string> warnings;  ///< columns that are left out

  /// Errors: a column or reference group that the data set lacks, a named column of more than
  /// kMostGroups values (one that was not named is left out with a warning), a malformed list, a
  /// list that does not say which pairs are mated where the data set has no subjects either.
  static Result<AuditLabels> read(const AuditRequest& request, const Dataset& dataset);
};

}  // namespace everyface
