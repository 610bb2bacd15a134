// Publishing counts of people without telling about few of them.
//
// A count below the limit k is not published ("fewer than k"). That is not enough where sums are
// published too: what is left out could be computed from them. So further counts are left out until
// nobody who knows all that is published, and that counts are whole and not negative, can tell of
// any small count more than that it is from 0 to k - 1. (Complementary suppression; Willenborg and
// de Waal, "Elements of Statistical Disclosure Control", 2001, chapter 4.)
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

/// Requires counts that are not negative and k >= 1. Counts are left out from the smallest, until
/// those left out are none, or at least two with a sum of at least k. Where even all of them have a
/// smaller sum, the total is left out too.
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
