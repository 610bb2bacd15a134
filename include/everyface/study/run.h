// What every experiment on the photos of a data set shares: each photo at each exposure after each
// enhancement, in a run folder that an interrupted run goes on from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "everyface/enhance/enhancer.h"

namespace everyface {

/// One part of a run: records index-1, index-1+count, index-1+2·count, … of the data set.
struct Shard {
  std::size_t index = 1;  ///< 1..count
  std::size_t count = 1;
};

/// The photos of an experiment and what is done to them.
struct RunRequest {
  std::string dataset_kind;
  std::string dataset_path;  ///< as the user gave it
  int pad_px = -1;           ///< border added around each photo; -1: the kind's default
  std::vector<Chain> enhancers;
  std::vector<double> exposures_ev = {0};
  /// Columns to report by, e.g. "race", or "race+gender" for their combinations; empty: every
  /// column of the data set.
  std::vector<std::string> groups;
  double max_megapixels = 100;
  std::uint64_t seed = 1;
  Shard shard;
};

/// Seconds of work, summed over all threads.
struct StageSeconds {
  double decode = 0;  ///< reading, checking and decoding photos, padding
  double expose = 0;  ///< the exposure model
  double enhance = 0;
  double detect = 0;
  double embed = 0;  ///< aligning and embedding faces
  double total = 0;  ///< wall time of the run's photo loop times its threads

  [[nodiscard]] double other() const { return total - decode - expose - enhance - detect - embed; }
};

struct RunOutcome {
  std::size_t records = 0;
  std::size_t failed = 0;         ///< photos that could not be used; each is named in the report
  std::size_t rows_computed = 0;  ///< rows (image × cell) worked out in this run
  std::size_t rows_kept = 0;      ///< rows taken over from an earlier one
  StageSeconds seconds;
};

}  // namespace everyface
