// One-to-many search beside FAISS's IndexFlatIP on the same templates, in turns, in one run.
//
// Templates are made up as embedders make them: an identity is a direction, its photos scatter
// around it so that mated cosines lie about 0.6, and non-mated ones have a standard deviation of
// about 0.07, as the identities' variances fall over the dimensions (by exp(-j / 100), turned by a
// Hadamard transform so that no dimension stands out). Half the queries are new photos of enrolled
// identities, half are strangers.
#include <dlfcn.h>
#include <faiss/IndexFlat.h>
#include <fmt/format.h>
#include <omp.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstring>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "everyface/base/parallel.h"
#include "everyface/base/random.h"
#include "everyface/search/dot.h"
#include "everyface/search/flat_index.h"

namespace {

using namespace everyface;

constexpr std::size_t kPhotosAnIdentity = 3;
constexpr std::size_t kMostQueries = 64;
constexpr std::size_t kTop = 10;

struct Options {
  std::size_t rows = 1'000'000;
  std::size_t dimensions = 512;
  double seconds = 2;
  bool peer = true;
};

// ------------------------------------------------------------------------------- made-up templates

/// Nearly normal, variance 1: the sum of four uniform numbers out of one draw.
float nearly_normal(Random& random) {
  const std::uint64_t bits = random.bits();
  const auto sum = static_cast<int>((bits & 0xFFFFU) + ((bits >> 16U) & 0xFFFFU) +
                                    ((bits >> 32U) & 0xFFFFU) + (bits >> 48U));
  return static_cast<float>(sum - 131070) / 37837.23F;
}

void draw(Random& random, std::span<const float> spread, std::span<float> vector) {
  for (std::size_t i = 0; i < vector.size(); ++i) {
    vector[i] = spread[i] * nearly_normal(random);
  }
}

/// Fast Walsh-Hadamard transform and division by the length.
void turn_and_normalise(std::span<float> vector) {
  for (std::size_t half = 1; half < vector.size(); half *= 2) {
    for (std::size_t begin = 0; begin < vector.size(); begin += 2 * half) {
      for (std::size_t i = begin; i < begin + half; ++i) {
        const float sum = vector[i] + vector[i + half];
        vector[i + half] = vector[i] - vector[i + half];
        vector[i] = sum;
      }
    }
  }
  double squares = 0;
  for (const float value : vector) {
    squares += static_cast<double>(value) * static_cast<double>(value);
  }
  const auto scale = static_cast<float>(1 / std::sqrt(squares));
  for (float& value : vector) {
    value *= scale;
  }
}

/// Photo `photo` of an identity.
void make_template(std::size_t identity, std::size_t photo, std::span<const float> spread,
                   std::span<float> out) {
  Random of_identity(2 * identity + 1);
  Random of_photo(2 * (identity * 64 + photo));
  std::vector<float> noise(out.size());
  draw(of_identity, spread, out);
  draw(of_photo, spread, noise);
  const float noise_share = std::sqrt(1 / 0.6F - 1);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] += noise_share * noise[i];
  }
  turn_and_normalise(out);
}

std::vector<float> spread_of(std::size_t dimensions) {
  std::vector<float> spread(dimensions);
  for (std::size_t i = 0; i < dimensions; ++i) {
    spread[i] = std::exp(-static_cast<float>(i) / 200);  // standard deviation: half the exponent
  }
  return spread;
}

/// Even queries are mated, odd ones not.
std::vector<float> make_queries(const Options& options, std::span<const float> spread) {
  std::vector<float> queries(kMostQueries * options.dimensions);
  const std::size_t identities = options.rows / kPhotosAnIdentity + 1;
  Random random(7);
  for (std::size_t q = 0; q < kMostQueries; ++q) {
    const std::size_t identity = random.below(identities) + (q % 2) * identities;
    make_template(identity, 63, spread,
                  {queries.data() + q * options.dimensions, options.dimensions});
  }
  return queries;
}

// ------------------------------------------------------------------------------------- measurement

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Best time of each, taken in turns: neighbours on the machine only ever add time.
std::vector<double> best_in_turns(const std::vector<std::function<void()>>& works, double seconds) {
  std::vector<double> best(works.size(), HUGE_VAL);
  double spent = 0;
  for (int turn = 0; turn < 3 || spent < seconds; ++turn) {
    for (std::size_t i = 0; i < works.size(); ++i) {
      const double once = seconds_of(works[i]);
      best[i] = std::min(best[i], once);
      spent += once;
    }
  }
  return best;
}

double peak_gigabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1e6;
}

/// Reads as many bytes as a scan does, and nothing else.
class StreamingRead {
 public:
  explicit StreamingRead(std::size_t bytes)
      : words_(bytes / 8),
        memory_(static_cast<std::uint64_t*>(
            std::aligned_alloc(kPage, (bytes + kPage - 1) / kPage * kPage))) {
    madvise(memory_.get(), bytes, MADV_HUGEPAGE);
    std::memset(memory_.get(), 1, words_ * 8);
  }

  void run(std::size_t threads) {
    std::vector<std::jthread> pool;
    for (std::size_t t = 1; t < threads; ++t) {
      pool.emplace_back([this, t, threads] { read(t, threads); });
    }
    read(0, threads);
  }

 private:
  static constexpr std::size_t kPage = std::size_t{2} << 20U;

  void read(std::size_t thread, std::size_t threads) {
    const std::size_t begin = words_ * thread / threads;
    const std::size_t end = words_ * (thread + 1) / threads;
    std::uint64_t sums[8] = {};
    for (std::size_t i = begin; i + 8 <= end; i += 8) {
      for (std::size_t j = 0; j < 8; ++j) {
        sums[j] += memory_[i + j];
      }
    }
    for (const std::uint64_t sum : sums) {
      sink_.fetch_add(sum, std::memory_order_relaxed);
    }
  }

  struct Free {
    void operator()(std::uint64_t* memory) const { std::free(memory); }
  };
  std::size_t words_;
  std::unique_ptr<std::uint64_t[], Free> memory_;
  std::atomic<std::uint64_t> sink_ = 0;
};

/// OpenMP's threads and, where it is OpenBLAS, the matrix library's.
void set_peer_threads(std::size_t threads) {
  omp_set_num_threads(static_cast<int>(threads));
  if (void* symbol = dlsym(RTLD_DEFAULT, "openblas_set_num_threads")) {
    reinterpret_cast<void (*)(int)>(symbol)(static_cast<int>(threads));
  }
}

std::string peer_matrix_library() {
  if (void* symbol = dlsym(RTLD_DEFAULT, "openblas_get_config")) {
    return reinterpret_cast<const char* (*)()>(symbol)();
  }
  return "an unknown BLAS (threads as it likes)";
}

// ------------------------------------------------------------------------------------------ checks

/// The k best by scoring every row, by dot() and by score_block().
std::vector<std::vector<Hit>> brute_force(std::span<const float> rows,
                                          std::span<const float> queries, std::size_t dimensions,
                                          double& giga_flops) {
  const std::size_t count = queries.size() / dimensions;
  const std::size_t all = rows.size() / dimensions;
  constexpr std::size_t kChunk = 4096;
  std::vector<std::vector<Hit>> best(count);
  std::vector<float> scores(count * kChunk);
  double seconds = 0;
  for (std::size_t first = 0; first < all; first += kChunk) {
    const std::size_t chunk = std::min(kChunk, all - first);
    seconds += seconds_of([&] {
      score_block(queries, rows.subspan(first * dimensions, chunk * dimensions), dimensions,
                  scores);
    });
    for (std::size_t q = 0; q < count; ++q) {
      for (std::size_t r = 0; r < chunk; ++r) {
        best[q].push_back({first + r, scores[q * chunk + r]});
      }
      const std::size_t kept = std::min(kTop, best[q].size());
      std::partial_sort(best[q].begin(), best[q].begin() + static_cast<std::ptrdiff_t>(kept),
                        best[q].end(), ranks_before);
      best[q].resize(kept);
    }
  }
  giga_flops = 2e-9 * static_cast<double>(count * all * dimensions) / seconds;
  return best;
}

/// How many of FAISS's results are not ours at the same place, other than where scores are within
/// its own rounding.
std::size_t different_from_peer(const SearchResult& ours, std::span<const faiss::Index::idx_t> rows,
                                std::span<const float> scores) {
  std::size_t different = 0;
  for (std::size_t q = 0; q < ours.hits.size(); ++q) {
    for (std::size_t k = 0; k < ours.hits[q].size(); ++k) {
      const Hit& hit = ours.hits[q][k];
      const std::size_t i = q * kTop + k;
      const bool same = hit.row == static_cast<std::size_t>(rows[i]);
      if (!same && std::abs(hit.score - scores[i]) > 1e-5F) {
        ++different;
      }
    }
  }
  return different;
}

// ---------------------------------------------------------------------------------------- the
// table

struct Bench {
  const Options& options;
  const faiss::IndexFlatIP& peer;
  const FlatIndex& index;
  std::span<const float> queries;
  StreamingRead& stream;

  void row(std::size_t batch, std::size_t threads) {
    const std::span<const float> asked = queries.first(batch * options.dimensions);
    SearchResult found;
    std::vector<float> scores(batch * kTop);
    std::vector<faiss::Index::idx_t> rows(batch * kTop);
    const auto ours = [&] {
      found = index.search(asked, {.count = kTop, .jobs = threads}).value();
    };
    const auto theirs = [&] {
      set_peer_threads(threads);
      peer.search(static_cast<faiss::Index::idx_t>(batch), asked.data(), kTop, scores.data(),
                  rows.data());
    };
    std::vector<std::function<void()>> works = {ours, [&] { stream.run(threads); }};
    if (options.peer) {
      works.emplace_back(theirs);
    }
    const std::vector<double> best = best_in_turns(works, options.seconds);
    const double ours_s = best[0];
    const double read_s = best[1];
    const double peer_s = best.back();
    const auto bytes = static_cast<double>(index.scan_bytes());
    const auto per_query = [batch](double seconds) { return static_cast<double>(batch) / seconds; };
    fmt::print(
        "{:>5}{:>8}{:>12.1f}{:>12}{:>8}{:>12}{:>12.1f}{:>8.0f} %{:>12.5f} %  {}\n", batch, threads,
        per_query(ours_s), options.peer ? fmt::format("{:.1f}", per_query(peer_s)) : "",
        options.peer ? fmt::format("{:.2f}", peer_s / ours_s) : "",
        batch == 1 ? fmt::format("{:.1f}", bytes / ours_s * 1e-9) : "", bytes / read_s * 1e-9,
        100 * read_s / ours_s,
        100 * static_cast<double>(found.rescored) / static_cast<double>(batch * index.size()),
        !options.peer                                   ? ""
        : different_from_peer(found, rows, scores) == 0 ? "same"
                                                        : "DIFFERENT");
    std::fflush(stdout);
  }
};

int run(const Options& options) {
  if (!std::has_single_bit(options.dimensions)) {
    fmt::print(stderr, "bench_search: --dimensions must be a power of two\n");
    return 2;
  }
  const std::size_t d = options.dimensions;
  const std::vector<float> spread = spread_of(d);
  // FAISS keeps the templates, and both search them there.
  faiss::IndexFlatIP peer(static_cast<faiss::Index::idx_t>(d));
  peer.codes.resize(options.rows * d * sizeof(float));
  peer.ntotal = static_cast<faiss::Index::idx_t>(options.rows);
  float* values = peer.get_xb();
  parallel_in_order(
      options.rows, available_cores(), 1U << 20U,
      [&](std::size_t, std::size_t r) {
        make_template(r / kPhotosAnIdentity, r % kPhotosAnIdentity, spread, {values + r * d, d});
      },
      [](std::size_t) { return true; });
  const std::span<const float> rows(values, options.rows * d);
  const std::vector<float> queries = make_queries(options, spread);
  std::unique_ptr<FlatIndex> index;
  const double build_s = seconds_of([&] {
    index = std::make_unique<FlatIndex>(FlatIndex::build({rows}, d, available_cores()).value());
  });
  const double build_peak = peak_gigabytes();
  const auto gigabytes = [](std::size_t bytes) { return static_cast<double>(bytes) * 1e-9; };
  fmt::print("{} templates of {} dimensions, top {}; FAISS with {}\n", options.rows, d, kTop,
             peer_matrix_library());
  fmt::print(
      "templates {:.2f} GB, codes {:.3f} GB ({:.1f} %), built in {:.1f} s, peak {:.2f} GB\n",
      gigabytes(rows.size_bytes()), gigabytes(index->scan_bytes()),
      100.0 * static_cast<double>(index->scan_bytes()) / static_cast<double>(rows.size_bytes()),
      build_s, build_peak);
  double giga_flops = 0;
  const auto truth = brute_force(rows, queries, d, giga_flops);
  const bool equal = index->search(queries, {.count = kTop}).value().hits == truth;
  fmt::print("brute force by score_block: {:.1f} GFLOP/s on one thread; the search is {}\n",
             giga_flops, equal ? "equal to it, bit for bit" : "DIFFERENT");
  fmt::print("\n{:>5}{:>8}{:>12}{:>12}{:>8}{:>12}{:>12}{:>10}{:>14}  {}\n", "batch", "threads",
             "queries/s", "FAISS", "ratio", "scan GB/s", "read GB/s", "of read", "rescored",
             "results");
  StreamingRead stream(index->scan_bytes());
  Bench bench{options, peer, *index, queries, stream};
  for (const std::size_t batch : {std::size_t{1}, kMostQueries}) {
    for (const std::size_t threads : {1U, 2U}) {
      bench.row(batch, threads);
    }
  }
  return equal ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"One-to-many search beside FAISS's IndexFlatIP"};
  app.add_option("--rows", options.rows, "Templates in the gallery")->capture_default_str();
  app.add_option("--dimensions", options.dimensions, "A power of two")->capture_default_str();
  app.add_option("--seconds", options.seconds, "Time to spend on each row")->capture_default_str();
  app.add_flag("!--no-peer", options.peer, "Leave FAISS out");
  CLI11_PARSE(app, argc, argv);
  return run(options);
}
