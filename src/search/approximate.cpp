#include "everyface/search/approximate.h"

#ifdef EVERYFACE_FAISS
#include <faiss/IndexFlat.h>
#include <faiss/IndexHNSW.h>
#include <faiss/IndexIVFFlat.h>
#include <omp.h>
#endif

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <utility>

#include "everyface/search/dot.h"

namespace everyface {

#ifdef EVERYFACE_FAISS

namespace {

using FaissCount = faiss::Index::idx_t;

constexpr int kLinks = 32;
constexpr int kCandidatesToBuild = 80;
constexpr std::size_t kCandidates = 64;
constexpr std::size_t kListsRead = 16;
/// Templates that k-means sees for each list: more would take longer than all searches.
constexpr std::size_t kSampleAList = 64;

std::unique_ptr<faiss::Index> make_graph(const FlatIndex& exact, std::size_t effort) {
  auto graph = std::make_unique<faiss::IndexHNSWFlat>(static_cast<int>(exact.dimensions()), kLinks,
                                                      faiss::METRIC_INNER_PRODUCT);
  graph->hnsw.efConstruction = kCandidatesToBuild;
  // More candidates than templates find no more, and FAISS counts in int.
  const std::size_t most = std::min<std::size_t>(exact.size(), std::numeric_limits<int>::max());
  graph->hnsw.efSearch = static_cast<int>(effort == 0 ? kCandidates : std::min(effort, most));
  return graph;
}

std::unique_ptr<faiss::Index> make_lists(const FlatIndex& exact, std::size_t effort) {
  const auto lists = static_cast<std::size_t>(std::sqrt(static_cast<double>(exact.size())));
  auto nearest_list =
      std::make_unique<faiss::IndexFlatIP>(static_cast<FaissCount>(exact.dimensions()));
  auto index = std::make_unique<faiss::IndexIVFFlat>(nearest_list.get(), exact.dimensions(), lists,
                                                     faiss::METRIC_INNER_PRODUCT);
  (void)nearest_list.release();
  index->own_fields = true;  // of nearest_list
  index->cp.spherical = true;
  index->cp.min_points_per_centroid = 1;  // without it, FAISS warns on standard error
  index->cp.niter = 10;
  index->nprobe = std::min(lists, effort == 0 ? kListsRead : effort);
  const std::size_t sample = std::min(exact.size(), kSampleAList * lists);
  std::vector<float> seen;
  seen.reserve(sample * exact.dimensions());
  for (std::size_t i = 0; i < sample; ++i) {
    const auto row = exact.row(i * exact.size() / sample);
    seen.insert(seen.end(), row.begin(), row.end());
  }
  index->train(static_cast<FaissCount>(sample), seen.data());
  return index;
}

void add_rows(const FlatIndex& exact, faiss::Index& index) {
  constexpr std::size_t kChunk = 4096;
  std::vector<float> chunk;
  for (std::size_t row = 0; row < exact.size(); ++row) {
    const auto values = exact.row(row);
    chunk.insert(chunk.end(), values.begin(), values.end());
    if ((row + 1) % kChunk == 0 || row + 1 == exact.size()) {
      index.add(static_cast<FaissCount>(chunk.size() / exact.dimensions()), chunk.data());
      chunk.clear();
    }
  }
}

Error faiss_error(const std::exception& problem) {
  std::string text = problem.what();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return Error{"FAISS failed: " + text};
}

}  // namespace

class ApproximateIndex::Impl {
 public:
  Impl(const FlatIndex& exact, std::unique_ptr<faiss::Index> index)
      : exact_(exact), index_(std::move(index)) {}

  [[nodiscard]] SearchResult search(std::span<const float> queries,
                                    const SearchOptions& options) const {
    omp_set_num_threads(static_cast<int>(std::max<std::size_t>(1, options.jobs)));
    const std::size_t dimensions = exact_.dimensions();
    const std::size_t count = queries.size() / dimensions;
    const std::size_t top = std::min(options.count, exact_.size());
    std::vector<FaissCount> rows(count * top);
    std::vector<float> scores(count * top);
    index_->search(static_cast<FaissCount>(count), queries.data(), static_cast<FaissCount>(top),
                   scores.data(), rows.data());
    SearchResult result;
    result.hits.resize(count);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows[i] < 0) {  // FAISS found fewer
        continue;
      }
      const auto row = static_cast<std::size_t>(rows[i]);
      const std::size_t query = i / top;
      const float score = dot(queries.subspan(query * dimensions, dimensions), exact_.row(row));
      if (score >= options.threshold) {
        result.hits[query].push_back({row, score});
      }
      ++result.rescored;
    }
    for (auto& hits : result.hits) {
      std::sort(hits.begin(), hits.end(), ranks_before);
    }
    return result;
  }

  [[nodiscard]] std::size_t dimensions() const { return exact_.dimensions(); }

 private:
  const FlatIndex& exact_;
  std::unique_ptr<faiss::Index> index_;
};

Result<ApproximateIndex> ApproximateIndex::build(const FlatIndex& exact,
                                                 const ApproximateOptions& options,
                                                 std::size_t jobs) {
  if (exact.size() == 0) {
    return Error{"there are no templates to search approximately"};
  }
  try {
    omp_set_num_threads(static_cast<int>(std::max<std::size_t>(1, jobs)));
    auto index = options.kind == ApproximateKind::kGraph ? make_graph(exact, options.effort)
                                                         : make_lists(exact, options.effort);
    add_rows(exact, *index);
    return ApproximateIndex(std::make_unique<Impl>(exact, std::move(index)));
  } catch (const std::exception& problem) {
    return faiss_error(problem);
  }
}

Result<SearchResult> ApproximateIndex::search(std::span<const float> queries,
                                              const SearchOptions& options) const {
  if (options.allowed != nullptr || options.count == kAllRows) {
    return Error{
        "an approximate search takes no filter and needs a number of hits: search exactly"};
  }
  if (queries.size() % impl_->dimensions() != 0) {
    return Error{std::to_string(queries.size()) + " values are not whole queries of " +
                 std::to_string(impl_->dimensions())};
  }
  try {
    return impl_->search(queries, options);
  } catch (const std::exception& problem) {
    return faiss_error(problem);
  }
}

#else

class ApproximateIndex::Impl {};

Result<ApproximateIndex> ApproximateIndex::build(const FlatIndex&, const ApproximateOptions&,
                                                 std::size_t) {
  return Error{"this program was built without FAISS (Debian: libfaiss-dev): search exactly"};
}

Result<SearchResult> ApproximateIndex::search(std::span<const float>, const SearchOptions&) const {
  return Error{"this program was built without FAISS"};
}

#endif

ApproximateIndex::ApproximateIndex(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ApproximateIndex::ApproximateIndex(ApproximateIndex&& other) noexcept = default;
ApproximateIndex& ApproximateIndex::operator=(ApproximateIndex&& other) noexcept = default;
ApproximateIndex::~ApproximateIndex() = default;

SearchLoss measure_loss(const SearchResult& exact, const SearchResult& approximate) {
  SearchLoss loss;
  for (std::size_t q = 0; q < exact.hits.size(); ++q) {
    const auto& found = approximate.hits[q];
    bool first = true;
    for (const Hit& hit : exact.hits[q]) {
      const bool missed = std::none_of(found.begin(), found.end(),
                                       [&](const Hit& other) { return other.row == hit.row; });
      loss.hits_missed += missed ? 1U : 0U;
      loss.first_missed += first && missed ? 1U : 0U;
      loss.queries += first ? 1U : 0U;
      first = false;
      ++loss.hits;
    }
  }
  return loss;
}

}  // namespace everyface
