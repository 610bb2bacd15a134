#include "everyface/search/flat_index.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "everyface/base/parallel.h"
#include "search/codes.h"
#include "search/kernels.h"
#include "search/shortlist.h"

namespace everyface {

using search::Block;
using search::CodedQueries;
using search::CodedRows;
using search::kBlockRows;
using search::kDotTile;
using search::Kernels;
using search::kTileQueries;
using search::QueryTerms;
using search::QueryTile;
using search::Shortlist;
using search::TileBounds;

namespace {

constexpr std::size_t kMostDimensions = 4096;
/// Blocks that a thread takes at once.
constexpr std::size_t kBlocksAChunk = 64;
/// Queries that go through the gallery together: their codes stay in the second-level cache.
constexpr std::size_t kQueriesAPass = 64;

std::size_t chunks_of(std::size_t blocks) { return (blocks + kBlocksAChunk - 1) / kBlocksAChunk; }

}  // namespace

class FlatIndex::Impl {
 public:
  Impl(std::vector<std::span<const float>> parts, std::vector<std::size_t> part_ends,
       std::size_t dimensions)
      : parts_(std::move(parts)),
        part_ends_(std::move(part_ends)),
        dimensions_(dimensions),
        codes_(size(), dimensions) {}

  [[nodiscard]] std::size_t size() const { return part_ends_.empty() ? 0 : part_ends_.back(); }
  [[nodiscard]] std::size_t dimensions() const { return dimensions_; }
  [[nodiscard]] std::size_t bytes() const { return codes_.bytes(); }
  [[nodiscard]] const float* row(std::size_t index) const;

  /// Fills the codes; the first row that cannot be coded, if any.
  std::optional<std::size_t> encode(std::size_t jobs);

  /// Appends the results of up to kQueriesAPass queries.
  void search_pass(std::span<const float> queries, const SearchOptions& options,
                   SearchResult& result) const;

 private:
  void scan_chunk(std::size_t chunk, const CodedQueries& queries, const SearchOptions& options,
                  std::vector<Shortlist>& lists, const std::vector<search::Rescore>& rescore) const;
  void offer_rows(const Block& block, std::size_t first_row, const QueryTerms& terms,
                  const std::array<float, kBlockRows>& upper, std::uint64_t reach,
                  Shortlist& list) const;
  void rescore(const float* query, std::span<const std::uint32_t> rows,
               std::span<float> scores) const;
  [[nodiscard]] std::uint64_t allowed_rows(std::size_t block, const RowSet* allowed) const;

  std::vector<std::span<const float>> parts_;
  std::vector<std::size_t> part_ends_;  // row after each part's last
  std::size_t dimensions_;
  CodedRows codes_;
  double longest_ = 0;
};

const float* FlatIndex::Impl::row(std::size_t index) const {
  const auto part = std::upper_bound(part_ends_.begin(), part_ends_.end(), index);
  const std::size_t first = part == part_ends_.begin() ? 0 : *(part - 1);
  return parts_[static_cast<std::size_t>(part - part_ends_.begin())].data() +
         (index - first) * dimensions_;
}

std::optional<std::size_t> FlatIndex::Impl::encode(std::size_t jobs) {
  const std::size_t blocks = codes_.blocks();
  std::vector<double> longest(jobs, 0);
  std::vector<std::optional<std::size_t>> refused(chunks_of(blocks));
  std::optional<std::size_t> first_refused;
  parallel_in_order(
      chunks_of(blocks), jobs, 4 * jobs,
      [&](std::size_t worker, std::size_t chunk) {
        const std::size_t end = std::min(blocks, (chunk + 1) * kBlocksAChunk);
        for (std::size_t b = chunk * kBlocksAChunk; b < end && !refused[chunk]; ++b) {
          refused[chunk] = codes_.encode_block(
              b, [this](std::size_t index) { return row(index); }, longest[worker]);
        }
      },
      [&](std::size_t chunk) {
        first_refused = refused[chunk];
        return !first_refused;
      });
  longest_ = *std::max_element(longest.begin(), longest.end());
  return first_refused;
}

std::uint64_t FlatIndex::Impl::allowed_rows(std::size_t block, const RowSet* allowed) const {
  const std::size_t left = size() - block * kBlockRows;
  const std::uint64_t there =
      left >= kBlockRows ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
  return allowed == nullptr ? there : there & allowed->words()[block];
}

void FlatIndex::Impl::offer_rows(const Block& block, std::size_t first_row, const QueryTerms& terms,
                                 const std::array<float, kBlockRows>& upper, std::uint64_t reach,
                                 Shortlist& list) const {
  for (; reach != 0; reach &= reach - 1) {
    const auto r = static_cast<std::size_t>(std::countr_zero(reach));
    const float radius = block.errors[r] * terms.error_weight + terms.offset;
    list.offer({.upper = upper[r],
                .lower = upper[r] - 2 * radius,
                .row = static_cast<std::uint32_t>(first_row + r)});
  }
}

void FlatIndex::Impl::scan_chunk(std::size_t chunk, const CodedQueries& queries,
                                 const SearchOptions& options, std::vector<Shortlist>& lists,
                                 const std::vector<search::Rescore>& rescore) const {
  const Kernels& kernels = search::kernels();
  TileBounds bounds;
  std::array<float, kTileQueries> limits{};
  const std::size_t end = std::min(codes_.blocks(), (chunk + 1) * kBlocksAChunk);
  for (std::size_t b = chunk * kBlocksAChunk; b < end; ++b) {
    const std::uint64_t allowed = allowed_rows(b, options.allowed);
    if (allowed == 0) {
      continue;
    }
    const Block block = codes_.block(b);
    for (std::size_t t = 0; t < queries.tiles(); ++t) {
      const QueryTile tile = queries.tile(t);
      const std::size_t first = t * kTileQueries;
      for (std::size_t q = 0; q < tile.count; ++q) {
        limits[q] = lists[first + q].limit();
      }
      kernels.scan(block, tile, limits.data(), bounds);
      for (std::size_t q = 0; q < tile.count; ++q) {
        if (const std::uint64_t reach = bounds.reach[q] & allowed; reach != 0) {
          offer_rows(block, b * kBlockRows, tile.terms[q], bounds.upper[q], reach,
                     lists[first + q]);
          lists[first + q].settle(rescore[first + q]);
        }
      }
    }
  }
}

void FlatIndex::Impl::rescore(const float* query, std::span<const std::uint32_t> rows,
                              std::span<float> scores) const {
  const std::array<const float*, kDotTile> a = {query, query, query, query};
  std::array<float, kDotTile * kDotTile> tile{};
  for (std::size_t i = 0; i < rows.size(); i += kDotTile) {
    std::array<const float*, kDotTile> b{};
    for (std::size_t j = 0; j < kDotTile; ++j) {
      b[j] = row(rows[std::min(i + j, rows.size() - 1)]);
    }
    search::kernels().dot_tile(a.data(), b.data(), dimensions_, tile.data());
    std::copy_n(tile.data(), std::min(kDotTile, rows.size() - i), scores.data() + i);
  }
}

void FlatIndex::Impl::search_pass(std::span<const float> queries, const SearchOptions& options,
                                  SearchResult& result) const {
  const CodedQueries coded(queries, dimensions_, longest_);
  const std::size_t jobs = std::max<std::size_t>(1, options.jobs);
  std::atomic<std::size_t> rescored = 0;
  std::vector<search::Rescore> rescore_query;
  for (std::size_t q = 0; q < coded.size(); ++q) {
    rescore_query.emplace_back([&, query = queries.data() + q * dimensions_](
                                   std::span<const std::uint32_t> rows, std::span<float> scores) {
      rescore(query, rows, scores);
      rescored += rows.size();
    });
  }
  // A list for each thread and query.
  std::vector<std::vector<Shortlist>> lists(
      jobs, std::vector<Shortlist>(coded.size(), Shortlist(options.count, options.threshold)));
  parallel_in_order(
      chunks_of(codes_.blocks()), jobs, 1024 * jobs,
      [&](std::size_t worker, std::size_t chunk) {
        scan_chunk(chunk, coded, options, lists[worker], rescore_query);
      },
      [](std::size_t) { return true; });
  const std::size_t first = result.hits.size();
  result.hits.resize(first + coded.size());
  parallel_in_order(
      coded.size(), jobs, 1024 * jobs,
      [&](std::size_t, std::size_t q) {
        Shortlist& list = lists[0][q];
        for (std::size_t worker = 1; worker < jobs; ++worker) {
          list.merge(std::move(lists[worker][q]));
        }
        result.hits[first + q] = list.take(rescore_query[q]);
      },
      [](std::size_t) { return true; });
  result.rescored += rescored;
}

FlatIndex::FlatIndex(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FlatIndex::FlatIndex(FlatIndex&& other) noexcept = default;
FlatIndex& FlatIndex::operator=(FlatIndex&& other) noexcept = default;
FlatIndex::~FlatIndex() = default;

std::size_t FlatIndex::size() const { return impl_->size(); }
std::size_t FlatIndex::dimensions() const { return impl_->dimensions(); }
std::span<const float> FlatIndex::row(std::size_t index) const {
  return {impl_->row(index), impl_->dimensions()};
}
std::size_t FlatIndex::scan_bytes() const { return impl_->bytes(); }

Result<FlatIndex> FlatIndex::build(std::vector<std::span<const float>> parts,
                                   std::size_t dimensions, std::size_t jobs) {
  if (dimensions < 1 || dimensions > kMostDimensions) {
    return Error{"templates of " + std::to_string(dimensions) +
                 " dimensions cannot be searched; 1 to " + std::to_string(kMostDimensions) +
                 " can"};
  }
  std::vector<std::size_t> part_ends;
  std::size_t rows = 0;
  for (const auto& part : parts) {
    if (part.size() % dimensions != 0) {
      return Error{std::to_string(part.size()) + " values are not whole templates of " +
                   std::to_string(dimensions)};
    }
    rows += part.size() / dimensions;
    part_ends.push_back(rows);
  }
  if (rows > std::numeric_limits<std::uint32_t>::max()) {
    return Error{"a search takes at most 2^32 - 1 templates, not " + std::to_string(rows)};
  }
  auto impl = std::make_unique<Impl>(std::move(parts), std::move(part_ends), dimensions);
  if (const auto refused = impl->encode(std::max<std::size_t>(1, jobs))) {
    return Error{"template " + std::to_string(*refused) +
                 " has values that are not numbers, or a length beyond 1e6"};
  }
  return FlatIndex(std::move(impl));
}

Result<SearchResult> FlatIndex::search(std::span<const float> queries,
                                       const SearchOptions& options) const {
  const std::size_t dimensions = impl_->dimensions();
  if (queries.size() % dimensions != 0) {
    return Error{std::to_string(queries.size()) + " values are not whole queries of " +
                 std::to_string(dimensions)};
  }
  if (std::isnan(options.threshold)) {
    return Error{"the threshold is not a number"};
  }
  if (options.allowed != nullptr && options.allowed->size() != size()) {
    return Error{"the set of allowed rows is for " + std::to_string(options.allowed->size()) +
                 " rows, the gallery has " + std::to_string(size())};
  }
  const std::size_t count = queries.size() / dimensions;
  for (std::size_t q = 0; q < count; ++q) {
    if (!search::can_encode(queries.subspan(q * dimensions, dimensions))) {
      return Error{"query " + std::to_string(q) +
                   " has values that are not numbers, or a length beyond 1e6"};
    }
  }
  SearchResult result;
  if (options.count == 0) {
    result.hits.resize(count);
    return result;
  }
  for (std::size_t first = 0; first < count; first += kQueriesAPass) {
    const std::size_t pass = std::min(kQueriesAPass, count - first);
    impl_->search_pass(queries.subspan(first * dimensions, pass * dimensions), options, result);
  }
  return result;
}

}  // namespace everyface
