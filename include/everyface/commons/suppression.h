// Publishing counts of people without telling about few of them.
//
// A count from 1 to k - 1 is small and is not published; a zero is, since it tells of nobody. That
// is not enough where sums are published too: what is left out could be computed from them. So
// further counts are left out until nobody who knows all that is published, and that what is left
// out is a whole number of at least 1, can tell of any small count more than that it is from 1 to k
// - 1. (Complementary suppression; Willenborg and de Waal, "Elements of Statistical Disclosure
// Control", 2001, chapter 4.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace everyface {

/// Smallest count that is published where nothing else is configured.
inline constexpr std::int64_t kSmallestPublishedCount = 5;

/// Counts of one attribute, published together with their sum. In the order given; none: left out.
struct PublishedCounts {
  std::vector<std::optional<std::int64_t>> counts;
  std::optional<std::int64_t> total;
};

/// Requires counts that are not negative and k >= 1. Counts other than zeros are left out from the
/// smallest, until those left out are none, or at least two whose sum allows each of them to be
/// k - 1. Where even all of them do not, the total is left out too.
PublishedCounts suppress(const std::vector<std::int64_t>& counts, std::int64_t k);

/// Counts of two attributes crossed: rows × columns, each row as long as the others.
using CountTable = std::vector<std::vector<std::int64_t>>;
using PublishedTable = std::vector<std::vector<std::optional<std::int64_t>>>;

/// The table as it may be published beside the sums of its rows and columns. What the sums allow is
/// computed exactly, as a flow through the table. None where the sums alone tell of a small count:
/// then the table is not published. Requires sums of rows and columns that may be published
/// themselves (collapse() sees to it), and counts and k as for suppress().
std::optional<PublishedTable> suppress_table(const CountTable& counts, std::int64_t k);

/// Adds up the rows that suppress() left out of their attribute into one, which becomes the last;
/// and the columns likewise. `rows` and `columns` are the published counts of both attributes.
CountTable collapse(const CountTable& counts, const PublishedCounts& rows,
                    const PublishedCounts& columns);

}  // namespace everyface
