#include "study/photo_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <opencv2/core/utility.hpp>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "everyface/base/file.h"
#include "everyface/base/hash.h"
#include "everyface/base/parallel.h"
#include "everyface/base/progress.h"
#include "everyface/base/text.h"
#include "everyface/image/exposure.h"
#include "everyface/image/photo.h"
#include "everyface/nn/registry.h"
#include "study/render.h"
#include "study/request_json.h"
#include "study/run_store.h"

namespace everyface {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// Raised when the meaning of a row changes, so that rows of older programs are redone.
constexpr int kRowVersion = 3;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string json_string(const std::string& text) {
  return nlohmann::json(to_valid_utf8(text)).dump();
}

/// What a worker thread owns.
struct Worker {
  std::vector<std::vector<std::unique_ptr<Enhancer>>> chains;
  std::unique_ptr<RowMaker> rows;
  StageSeconds seconds;
};

/// One column of the results: everything of a cell's key but the photo.
struct Cell {
  std::string key_text;
  std::string json;  ///< its fields in a row
};

/// A photo's lines on their way to the file.
struct Block {
  std::string lines;
  std::vector<std::string> keys;
  std::string photo;  ///< first part of the keys
  bool failed = false;
  std::size_t computed = 0;
  std::size_t kept = 0;
};

Result<Worker> make_worker(const PhotoRun& run, const Dataset& dataset,
                           const ModelRegistry& models) {
  Worker worker;
  for (const Chain& chain : run.request->enhancers) {
    auto made = chain.make(models);
    if (!made) {
      return made.error();
    }
    worker.chains.push_back(*std::move(made));
  }
  auto rows = run.make_row_maker(dataset);
  if (!rows) {
    return rows.error();
  }
  worker.rows = *std::move(rows);
  return worker;
}

class Loop {
 public:
  Loop(const PhotoRun& run, const ModelRegistry& models, const Dataset& dataset,
       const EarlierResults& earlier)
      : run_(run),
        request_(*run.request),
        axis_(run.axis),
        models_(models),
        dataset_(dataset),
        earlier_(earlier) {
    photo_key_text_ = fmt::format("photo {} {} {}", kRowVersion, CV_VERSION,
                                  shortest_number(request_.max_megapixels));
    const std::string options = fmt::format("{} {} {}", run.options, dataset.pad_px, CV_VERSION);
    for (const double ev : request_.exposures_ev) {
      for (const Chain& chain : request_.enhancers) {
        for (std::size_t i = 0; i < axis_.names.size(); ++i) {
          cells_.push_back(make_cell(ev, chain, i, options));
        }
      }
    }
  }

  Block work(Worker& worker, const Record& record) const {
    try {
      return process(worker, record);
    } catch (const std::exception& problem) {  // e.g. out of memory inside a library
      return failed(record, "", fmt::format("could not be processed: {}", problem.what()));
    }
  }

 private:
  [[nodiscard]] Cell make_cell(double ev, const Chain& chain, std::size_t i,
                               const std::string& options) const {
    std::vector<std::string> checksums;
    for (const std::string& model : chain.models()) {
      const auto entry = models_.find(model);
      checksums.push_back(entry ? entry->sha256 : "-");
    }
    checksums.push_back(axis_.checksums[i]);
    // At 0 EV nothing is rendered, so the seed changes nothing there.
    const std::string seed = ev == 0 ? "-" : std::to_string(request_.seed);
    return {fmt::format("cell {} {} {} {} {} {} {}", kRowVersion, shortest_number(ev), seed,
                        chain.name(), axis_.names[i], join(checksums, " "), options),
            fmt::format(R"("exposure_ev":{},"enhance":{},"{}":{})", shortest_number(ev),
                        json_string(chain.name()), axis_.field, json_string(axis_.names[i]))};
  }

  static std::string key(const std::string& photo, const std::string& text) {
    return photo + "." + sha256_hex(photo + " " + text).substr(0, 16);
  }

  [[nodiscard]] Block failed(const Record& record, const std::string& sha256,
                             const std::string& reason) const {
    Block block;
    block.failed = true;
    block.photo = sha256.empty() ? "unreadable" : sha256.substr(0, 16);
    block.keys.push_back(key(block.photo, record.name + reason));
    block.lines = fmt::format(
        R"({{"image":{},"sha256":{},"outcome":"failed","reason":{},"key":"{}"}})"
        "\n",
        json_string(record.name), json_string(sha256), json_string(reason), block.keys[0]);
    return block;
  }

  Block process(Worker& worker, const Record& record) const {
    if (!record.error.empty()) {
      return failed(record, "", record.error);
    }
    auto start = Clock::now();
    const auto bytes = read_file(record.file);
    if (!bytes) {
      return failed(record, "", bytes.error().message);
    }
    const std::string sha256 = sha256_hex(*bytes);
    Block block;
    block.photo = sha256.substr(0, 16);
    block.keys.push_back(key(block.photo, record.name + " " + photo_key_text_));
    std::vector<std::optional<std::string>> rows;
    rows.push_back(earlier_.find(block.keys[0]));
    bool complete = rows[0].has_value();
    const std::string labels = run_.labels ? run_.labels(record) : "";
    for (const Cell& cell : cells_) {
      block.keys.push_back(key(block.photo, record.name + " " + cell.key_text + labels));
      rows.push_back(earlier_.find(block.keys.back()));
      complete = complete && rows.back();
      block.kept += rows.back() ? 1U : 0U;
    }
    if (!complete) {
      auto photo = decode_photo(*bytes, record.file.string(), {request_.max_megapixels});
      worker.seconds.decode += seconds_since(start);
      if (!photo) {
        // The row names the photo already.
        std::string reason = photo.error().message;
        if (const std::string name = record.file.string() + ": "; reason.starts_with(name)) {
          reason.erase(0, name.size());
        }
        return failed(record, sha256, reason);
      }
      rows[0] = photo_line(record, *photo, block.keys[0]);
      compute_missing(worker, record, *photo, block, rows);
    } else {
      worker.seconds.decode += seconds_since(start);
    }
    for (const auto& row : rows) {
      block.lines += *row;
    }
    return block;
  }

  static std::string photo_line(const Record& record, const Photo& photo, const std::string& key) {
    const std::string warning =
        photo.warning.empty() ? "" : fmt::format(R"("warning":{},)", json_string(photo.warning));
    return fmt::format(R"({{"image":{},"sha256":"{}","size":[{},{}],"outcome":"ok",{}"key":"{}"}})"
                       "\n",
                       json_string(record.name), photo.sha256, photo.pixels.cols, photo.pixels.rows,
                       warning, key);
  }

  void compute_missing(Worker& worker, const Record& record, const Photo& photo, Block& block,
                       std::vector<std::optional<std::string>>& rows) const {
    auto start = Clock::now();
    const cv::Mat padded = pad_photo(photo.pixels, dataset_.pad_px);
    worker.seconds.decode += seconds_since(start);
    std::size_t first = 0;  // cell of the chain's first row
    for (const double exposure_ev : request_.exposures_ev) {
      cv::Mat exposed;
      for (std::size_t c = 0; c < request_.enhancers.size(); ++c, first += axis_.names.size()) {
        std::vector<std::size_t> wanted;
        for (std::size_t i = 0; i < axis_.names.size(); ++i) {
          if (!rows[1 + first + i]) {
            wanted.push_back(i);
          }
        }
        if (wanted.empty()) {
          continue;
        }
        if (exposed.empty()) {
          start = Clock::now();
          exposed = expose_photo(padded, exposure_ev, request_.seed, photo.sha256);
          worker.seconds.expose += seconds_since(start);
        }
        start = Clock::now();
        const cv::Mat enhanced = enhance_photo(exposed, worker.chains[c]);
        worker.seconds.enhance += seconds_since(start);
        const std::vector<std::string> made =
            worker.rows->make(record, enhanced, wanted, worker.seconds);
        for (std::size_t i = 0; i < wanted.size(); ++i) {
          const std::size_t cell = first + wanted[i];
          rows[1 + cell] =
              fmt::format("{{\"image\":{},{},\"key\":\"{}\",{}}}\n", json_string(record.name),
                          cells_[cell].json, block.keys[1 + cell], made[i]);
          ++block.computed;
        }
      }
    }
  }

  const PhotoRun& run_;
  const RunRequest& request_;
  const RunAxis& axis_;
  const ModelRegistry& models_;
  const Dataset& dataset_;
  const EarlierResults& earlier_;
  std::string photo_key_text_;
  std::vector<Cell> cells_;
};

/// Writes the photos' blocks in order. Error: the disk refuses.
Result<RunOutcome> write_results(const PhotoRun& run, const Loop& loop,
                                 const std::vector<const Record*>& records,
                                 std::vector<Worker>& workers, EarlierResults& earlier,
                                 AppendFile& results) {
  RunOutcome outcome;
  outcome.records = records.size();
  std::vector<Block> blocks(records.size());
  std::unordered_set<std::string> written_keys;
  std::unordered_set<std::string> photos;
  Result<void> written;
  const auto start = Clock::now();
  {
    Progress progress(run.name, "photos", records.size());
    parallel_in_order(
        records.size(), workers.size(), 4 * workers.size(),
        [&](std::size_t worker, std::size_t i) {
          blocks[i] = loop.work(workers[worker], *records[i]);
        },
        [&](std::size_t i) {
          const Block block = std::exchange(blocks[i], {});
          written = results.append(block.lines);
          outcome.failed += block.failed ? 1U : 0U;
          outcome.rows_computed += block.computed;
          outcome.rows_kept += block.kept;
          written_keys.insert(block.keys.begin(), block.keys.end());
          photos.insert(block.photo);
          progress.add();
          return written.ok();
        });
  }
  if (written) {
    written = results.sync();
  }
  if (!written) {
    return written.error();
  }
  if (auto finished = earlier.finish(written_keys, photos); !finished) {
    return finished.error();
  }
  outcome.seconds.total = seconds_since(start) * static_cast<double>(workers.size());
  for (const Worker& worker : workers) {
    outcome.seconds.decode += worker.seconds.decode;
    outcome.seconds.expose += worker.seconds.expose;
    outcome.seconds.enhance += worker.seconds.enhance;
    outcome.seconds.detect += worker.seconds.detect;
    outcome.seconds.embed += worker.seconds.embed;
  }
  return outcome;
}

/// Refuses photos in the run folder, its own pictures aside: with the run's files beside them it is
/// taken for results, and the next search for photos passes it over.
Result<void> check_apart(const Dataset& dataset, const fs::path& run_folder) {
  std::error_code problem;
  const fs::path run = fs::canonical(run_folder, problem);
  if (problem) {
    return {};  // not there yet, so that no photo is in it
  }
  std::unordered_map<std::string, bool> known;  // folders; those of a data set are few
  for (const Record& record : dataset.records) {
    const fs::path folder = record.file.parent_path();
    const auto [entry, is_new] = known.try_emplace(folder.string(), false);
    if (is_new) {
      const fs::path below =
          fs::canonical(folder.empty() ? "." : folder, problem).lexically_relative(run);
      entry->second =
          !problem && !below.empty() && *below.begin() != ".." && *below.begin() != "pictures";
    }
    if (entry->second) {
      return Error{run_folder.string() + " holds photos of the data set (" + record.file.string() +
                   "); choose another folder with -o"};
    }
  }
  return {};
}

}  // namespace

cv::Mat pad_photo(const cv::Mat& pixels, int pad_px) {
  if (pad_px == 0) {
    return pixels;
  }
  cv::Mat padded;
  cv::copyMakeBorder(pixels, padded, pad_px, pad_px, pad_px, pad_px, cv::BORDER_REPLICATE);
  return padded;
}

cv::Mat expose_photo(const cv::Mat& pixels, double exposure_ev, std::uint64_t run_seed,
                     const std::string& sha256) {
  if (exposure_ev == 0) {
    return pixels;  // with all of its bits, where the file has 16
  }
  return render_exposure(pixels, exposure_ev, exposure_seed(run_seed, sha256, exposure_ev));
}

cv::Mat enhance_photo(const cv::Mat& pixels, const std::vector<std::unique_ptr<Enhancer>>& chain) {
  Pixels photo(pixels);
  for (const auto& step : chain) {
    step->apply(photo);
  }
  return photo.bytes();
}

Result<std::vector<std::string>> group_columns(const RunRequest& request, const Dataset& dataset) {
  if (request.groups.empty()) {
    return dataset.group_names;
  }
  for (const std::string& column : request.groups) {
    for (const std::string_view part : split(column, '+')) {
      if (std::find(dataset.group_names.begin(), dataset.group_names.end(), part) ==
          dataset.group_names.end()) {
        return Error{
            fmt::format("--group {}: the data set has no column \"{}\"; it has {}", column, part,
                        dataset.group_names.empty() ? "none" : join(dataset.group_names, ", "))};
      }
    }
  }
  return request.groups;
}

std::optional<std::string> group_value(const LabelledFace& face, const std::string& column) {
  std::vector<std::string> values;
  for (const std::string_view part : split(column, '+')) {
    const auto found = face.groups.find(std::string(part));
    if (found == face.groups.end() || found->second.empty()) {
      return std::nullopt;
    }
    values.push_back(found->second);
  }
  return join(values, ", ");
}

Result<RunOutcome> run_photos(const PhotoRun& run, const ModelRegistry& models,
                              const fs::path& run_folder, std::size_t jobs) {
  const RunRequest& request = *run.request;
  std::error_code not_there;
  if (fs::equivalent(request.dataset_path, run_folder, not_there)) {
    return Error{run_folder.string() + " is the data set itself; choose another folder with -o"};
  }
  auto dataset = open_dataset(request.dataset_kind, request.dataset_path, {request.pad_px});
  if (!dataset) {
    return dataset.error();
  }
  if (const auto columns = group_columns(request, *dataset); !columns) {
    return columns.error();
  }
  if (dataset->records.empty()) {
    return Error{fmt::format("no photos in {}: nothing to {}", request.dataset_path, run.name)};
  }
  if (auto apart = check_apart(*dataset, run_folder); !apart) {
    return apart.error();
  }
  if (run.prepare) {
    if (auto prepared = run.prepare(*dataset); !prepared) {
      return prepared.error();
    }
  }
  if (auto same = check_same_part(run_folder, run.name, request.shard); !same) {
    return same.error();
  }
  std::vector<const Record*> records;
  for (std::size_t i = request.shard.index - 1; i < dataset->records.size();
       i += request.shard.count) {
    records.push_back(&dataset->records[i]);
  }
  if (auto made = make_folder(run_folder); !made) {
    return made.error();
  }
  const auto lock = FolderLock::take(run_folder);
  if (!lock) {
    return lock.error();
  }
  // One thread a photo: the libraries' own threads would only get in each other's way.
  cv::setNumThreads(1);
  jobs = std::max<std::size_t>(1, std::min(jobs, records.size()));

  // Workers first: a missing model must be an error before anything is written.
  std::vector<Worker> workers;
  for (std::size_t i = 0; i < jobs; ++i) {
    auto worker = make_worker(run, *dataset, models);
    if (!worker) {
      return worker.error();
    }
    workers.push_back(*std::move(worker));
  }
  if (auto written =
          write_file_atomic(run_folder / "run.json", run_json_text(run.make_run_json(*dataset)));
      !written) {
    return written.error();
  }
  auto earlier = EarlierResults::open(run_folder);
  if (!earlier) {
    return earlier.error();
  }
  auto results = AppendFile::open(run_folder / kResultsFile);
  if (!results) {
    return results.error();
  }
  const Loop loop(run, models, *dataset, *earlier);
  return write_results(run, loop, records, workers, *earlier, *results);
}

}  // namespace everyface
