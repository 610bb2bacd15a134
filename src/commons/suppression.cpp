#include "everyface/commons/suppression.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <queue>

namespace everyface {
namespace {

constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max() / 4;

/// Rows × columns of "left out".
using Mask = std::vector<std::vector<bool>>;

/// Capacities between the rows and the columns of a table, as one flow network: nodes 0 .. rows-1
/// are rows, then come columns.
class Network {
 public:
  Network(std::size_t rows, std::size_t columns)
      : rows_(rows), capacity_(rows + columns, std::vector<std::int64_t>(rows + columns, 0)) {}

  void set(std::size_t row, std::size_t column, std::int64_t row_to_column,
           std::int64_t column_to_row) {
    capacity_[row][rows_ + column] = row_to_column;
    capacity_[rows_ + column][row] = column_to_row;
  }

  /// The largest flow from a row to a column, at most `enough` (Edmonds and Karp 1972).
  std::int64_t flow(std::size_t row, std::size_t column, std::int64_t enough) {
    const std::size_t sink = rows_ + column;
    std::int64_t total = 0;
    while (total < enough) {
      const std::vector<std::size_t> before = shortest_path(row, sink);
      if (before[sink] == kNone) {
        break;
      }
      std::int64_t width = enough - total;
      for (std::size_t node = sink; node != row; node = before[node]) {
        width = std::min(width, capacity_[before[node]][node]);
      }
      for (std::size_t node = sink; node != row; node = before[node]) {
        capacity_[before[node]][node] -= width;
        capacity_[node][before[node]] += width;
      }
      total += width;
    }
    return total;
  }

 private:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  /// For each node the one before it on the way from `source`.
  [[nodiscard]] std::vector<std::size_t> shortest_path(std::size_t source, std::size_t sink) const {
    std::vector<std::size_t> before(capacity_.size(), kNone);
    before[source] = source;
    std::queue<std::size_t> next;
    next.push(source);
    while (!next.empty() && before[sink] == kNone) {
      const std::size_t node = next.front();
      next.pop();
      for (std::size_t other = 0; other < capacity_.size(); ++other) {
        if (capacity_[node][other] > 0 && before[other] == kNone) {
          before[other] = node;
          next.push(other);
        }
      }
    }
    return before;
  }

  std::size_t rows_;
  std::vector<std::vector<std::int64_t>> capacity_;
};

bool is_small(std::int64_t count, std::int64_t k) { return count > 0 && count < k; }

/// A table with some of its counts left out, as its readers see it.
class LeftOut {
 public:
  LeftOut(const CountTable& counts, std::int64_t k) : counts_(counts), k_(k) {
    for (const auto& row : counts) {
      auto& mask = left_out_.emplace_back();
      for (const std::int64_t count : row) {
        mask.push_back(is_small(count, k));
      }
    }
  }

  [[nodiscard]] const Mask& mask() const { return left_out_; }

  /// Whether the sums leave open that a small count is anything from 1 to k - 1. What is left out
  /// can only change along closed ways through other counts that are left out, so the most that the
  /// count can rise or fall is a flow from its row to its column through those.
  [[nodiscard]] bool is_protected(std::size_t row, std::size_t column) const {
    const std::int64_t count = counts_[row][column];
    const std::int64_t rise = k_ - 1 - count;
    return network(row, column, true).flow(row, column, rise) == rise &&
           network(row, column, false).flow(row, column, count - 1) == count - 1;
  }

  /// Leaves out the corners of one more rectangle through a small count: the cheapest that protects
  /// the count by itself, else the cheapest. False: there is none left to leave out.
  bool extend(std::size_t row, std::size_t column) {
    Rectangle best;
    for (std::size_t r = 0; r < counts_.size(); ++r) {
      for (std::size_t c = 0; c < counts_[r].size(); ++c) {
        if (r != row && c != column) {
          best = std::min(best, rectangle(row, column, r, c));
        }
      }
    }
    if (best.cost == kUnlimited) {
      return false;
    }
    left_out_[row][best.column] = true;
    left_out_[best.row][column] = true;
    left_out_[best.row][best.column] = true;
    return true;
  }

 private:
  struct Rectangle {
    bool insufficient = true;
    std::int64_t cost = kUnlimited;  ///< what is newly left out
    std::size_t row = 0;
    std::size_t column = 0;
    auto operator<=>(const Rectangle&) const = default;
  };

  [[nodiscard]] Rectangle rectangle(std::size_t row, std::size_t column, std::size_t r,
                                    std::size_t c) const {
    Rectangle found;
    found.row = r;
    found.column = c;
    const std::int64_t count = counts_[row][column];
    found.insufficient =
        std::min(counts_[row][c], counts_[r][column]) < k_ - count || counts_[r][c] < count;
    found.cost = 0;
    bool more = false;
    bool zero = false;
    for (const auto& [y, x] : {std::pair(row, c), std::pair(r, column), std::pair(r, c)}) {
      zero = zero || counts_[y][x] == 0;
      if (!left_out_[y][x]) {
        found.cost += counts_[y][x];
        more = true;
      }
    }
    // A zero is never left out, and a rectangle that is left out already helps no further.
    return more && !zero ? found : Rectangle();
  }

  /// What can be moved through the counts left out, other than this one: a count can fall to one,
  /// and rise without limit. For this one to rise its row and column must fall elsewhere.
  [[nodiscard]] Network network(std::size_t row, std::size_t column, bool rise) const {
    Network network(counts_.size(), counts_.front().size());
    for (std::size_t r = 0; r < counts_.size(); ++r) {
      for (std::size_t c = 0; c < counts_[r].size(); ++c) {
        if (left_out_[r][c] && (r != row || c != column)) {
          const std::int64_t fall = counts_[r][c] - 1;
          network.set(r, c, rise ? fall : kUnlimited, rise ? kUnlimited : fall);
        }
      }
    }
    return network;
  }

  const CountTable& counts_;
  std::int64_t k_;
  Mask left_out_;
};

}  // namespace

PublishedCounts suppress(const std::vector<std::int64_t>& counts, std::int64_t k) {
  std::vector<std::size_t> rising(counts.size());
  std::iota(rising.begin(), rising.end(), std::size_t{0});
  std::stable_sort(rising.begin(), rising.end(),
                   [&counts](std::size_t a, std::size_t b) { return counts[a] < counts[b]; });
  PublishedCounts published;
  published.counts.assign(counts.begin(), counts.end());
  std::int64_t left_out_sum = 0;
  std::int64_t left_out = 0;
  // The others are at least 1 each, so this is the most that any of those left out can be.
  const auto most = [&] { return left_out_sum - (left_out - 1); };
  const auto told = [&] { return left_out > 0 && (left_out < 2 || most() < k - 1); };
  for (const std::size_t index : rising) {
    if (counts[index] == 0) {
      continue;
    }
    if (counts[index] >= k && !told()) {
      break;
    }
    left_out_sum += counts[index];
    ++left_out;
    published.counts[index].reset();
  }
  if (!told()) {
    published.total = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  }
  return published;
}

std::optional<PublishedTable> suppress_table(const CountTable& counts, std::int64_t k) {
  LeftOut left_out(counts, k);
  for (std::size_t row = 0; row < counts.size(); ++row) {
    for (std::size_t column = 0; column < counts[row].size(); ++column) {
      while (is_small(counts[row][column], k) && !left_out.is_protected(row, column)) {
        if (!left_out.extend(row, column)) {
          return std::nullopt;
        }
      }
    }
  }
  PublishedTable published;
  for (std::size_t row = 0; row < counts.size(); ++row) {
    auto& line = published.emplace_back();
    for (std::size_t column = 0; column < counts[row].size(); ++column) {
      line.push_back(left_out.mask()[row][column] ? std::nullopt
                                                  : std::optional(counts[row][column]));
    }
  }
  return published;
}

CountTable collapse(const CountTable& counts, const PublishedCounts& rows,
                    const PublishedCounts& columns) {
  // Where each row or column goes; those left out go to the one after the last that is kept.
  const auto places = [](const PublishedCounts& published) {
    const auto kept = static_cast<std::size_t>(
        std::count_if(published.counts.begin(), published.counts.end(),
                      [](const auto& count) { return count.has_value(); }));
    std::vector<std::size_t> place;
    std::size_t next = 0;
    for (const auto& count : published.counts) {
      place.push_back(count ? next++ : kept);
    }
    return std::pair(place, kept + (kept < published.counts.size() ? 1 : 0));
  };
  const auto [row_place, row_count] = places(rows);
  const auto [column_place, column_count] = places(columns);
  CountTable collapsed(row_count, std::vector<std::int64_t>(column_count, 0));
  for (std::size_t row = 0; row < counts.size(); ++row) {
    for (std::size_t column = 0; column < counts[row].size(); ++column) {
      collapsed[row_place[row]][column_place[column]] += counts[row][column];
    }
  }
  return collapsed;
}

}  // namespace everyface
