#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <opencv2/core/utility.hpp>

#include "everyface/base/file.h"
#include "everyface/base/hash.h"
#include "everyface/base/parallel.h"
#include "everyface/base/progress.h"
#include "everyface/base/text.h"
#include "everyface/image/exposure.h"
#include "everyface/image/photo.h"
#include "everyface/nn/registry.h"
#include "everyface/study/study.h"
#include "everyface_version.h"
#include "study/render.h"
#include "study/request_json.h"
#include "study/run_store.h"
#include "study/scored_photo.h"

namespace everyface {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// Raised when the meaning of a row changes, so that rows of older programs are redone.
constexpr int kRowVersion = 1;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string json_string(const std::string& text) {
  return nlohmann::json(to_valid_utf8(text)).dump();
}

/// What a worker thread owns.
struct Worker {
  std::vector<std::vector<std::unique_ptr<Enhancer>>> chains;
  std::vector<std::unique_ptr<Detector>> detectors;
  StageSeconds seconds;
};

/// One column of the results: everything of a cell's key but the photo.
struct Cell {
  std::size_t exposure;
  std::size_t chain;
  std::size_t detector;
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

Result<Worker> make_worker(const StudyRequest& request, const ModelRegistry& models) {
  Worker worker;
  for (const Chain& chain : request.enhancers) {
    auto made = chain.make(models);
    if (!made) {
      return made.error();
    }
    worker.chains.push_back(*std::move(made));
  }
  DetectorOptions options;
  options.min_score = request.min_score;
  options.scale = request.scale;
  options.tile_px = request.tile_px;
  for (const DetectorSpec& spec : request.detectors) {
    auto made = spec.make(options, models);
    if (!made) {
      return made.error();
    }
    worker.detectors.push_back(*std::move(made));
  }
  return worker;
}

class Run {
 public:
  Run(const StudyRequest& request, const ModelRegistry& models, const Dataset& dataset,
      const EarlierResults& earlier)
      : request_(request), models_(models), dataset_(dataset), earlier_(earlier) {
    photo_key_text_ = fmt::format("photo {} {} {}", kRowVersion, CV_VERSION,
                                  shortest_number(request.max_megapixels));
    const std::string options =
        fmt::format("{} {} {} {} {}", shortest_number(request.min_score),
                    shortest_number(request.scale), request.tile_px, dataset.pad_px, CV_VERSION);
    for (std::size_t e = 0; e < request.exposures_ev.size(); ++e) {
      for (std::size_t c = 0; c < request.enhancers.size(); ++c) {
        for (std::size_t d = 0; d < request.detectors.size(); ++d) {
          cells_.push_back(make_cell(e, c, d, options));
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
  [[nodiscard]] Cell make_cell(std::size_t e, std::size_t c, std::size_t d,
                               const std::string& options) const {
    const double ev = request_.exposures_ev[e];
    const Chain& chain = request_.enhancers[c];
    const DetectorSpec& detector = request_.detectors[d];
    std::vector<std::string> checksums;
    for (const std::string& model : chain.models()) {
      checksums.push_back(checksum(model));
    }
    checksums.push_back(checksum(detector.model()));
    // At 0 EV nothing is rendered, so the seed changes nothing there.
    const std::string seed = ev == 0 ? "-" : std::to_string(request_.seed);
    return {e, c, d,
            fmt::format("cell {} {} {} {} {} {} {}", kRowVersion, shortest_number(ev), seed,
                        chain.name(), detector.name(), join(checksums, " "), options),
            fmt::format(R"("exposure_ev":{},"enhance":{},"detector":{})", shortest_number(ev),
                        json_string(chain.name()), json_string(detector.name()))};
  }

  [[nodiscard]] std::string checksum(const std::string& model) const {
    const auto entry = models_.find(model);
    return entry ? entry->sha256 : "-";
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
    for (const Cell& cell : cells_) {
      block.keys.push_back(key(block.photo, record.name + " " + cell.key_text));
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
    std::size_t at = 0;
    for (const double exposure_ev : request_.exposures_ev) {
      cv::Mat exposed;
      for (std::size_t c = 0; c < request_.enhancers.size(); ++c) {
        cv::Mat enhanced;
        for (std::size_t d = 0; d < request_.detectors.size(); ++d, ++at) {
          const Cell& cell = cells_[at];
          std::optional<std::string>& row = rows[at + 1];
          if (row) {
            continue;
          }
          if (exposed.empty()) {
            start = Clock::now();
            exposed = expose_photo(padded, exposure_ev, request_.seed, photo.sha256);
            worker.seconds.expose += seconds_since(start);
          }
          if (enhanced.empty()) {
            start = Clock::now();
            enhanced = enhance_photo(exposed, worker.chains[c]);
            worker.seconds.enhance += seconds_since(start);
          }
          start = Clock::now();
          const std::vector<Face> faces = worker.detectors[d]->detect(enhanced);
          worker.seconds.detect += seconds_since(start);
          row = cell_line(record, cell, faces, block.keys[at + 1]);
          ++block.computed;
        }
      }
    }
  }

  [[nodiscard]] std::string cell_line(const Record& record, const Cell& cell,
                                      const std::vector<Face>& faces,
                                      const std::string& key) const {
    std::string line = fmt::format(R"({{"image":{},{},"key":"{}","faces":[)",
                                   json_string(record.name), cell.json, key);
    const double pad = dataset_.pad_px;
    for (const Face& face : faces) {
      fmt::format_to(std::back_inserter(line), "{}[{:.2f},{:.2f},{:.2f},{:.2f},{:.5f}]",
                     &face == &faces.front() ? "" : ",", face.box.x1 - pad, face.box.y1 - pad,
                     face.box.x2 - pad, face.box.y2 - pad, face.score);
    }
    return line + "]}\n";
  }

  const StudyRequest& request_;
  const ModelRegistry& models_;
  const Dataset& dataset_;
  const EarlierResults& earlier_;
  std::string photo_key_text_;
  std::vector<Cell> cells_;
};

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

Result<StudyOutcome> run_study(const StudyRequest& request, const ModelRegistry& models,
                               const fs::path& run_folder, std::size_t jobs) {
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
  if (const auto there = read_request(run_folder);
      there &&
      (there->shard.index != request.shard.index || there->shard.count != request.shard.count)) {
    return Error{
        fmt::format("{} holds another part ({}/{}) of a study; choose another folder with -o",
                    run_folder.string(), there->shard.index, there->shard.count)};
  }
  std::vector<const Record*> records;
  for (std::size_t i = request.shard.index - 1; i < dataset->records.size();
       i += request.shard.count) {
    records.push_back(&dataset->records[i]);
  }
  if (dataset->records.empty()) {
    return Error{fmt::format("no photos in {}: nothing to study", request.dataset_path)};
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
    auto worker = make_worker(request, models);
    if (!worker) {
      return worker.error();
    }
    workers.push_back(*std::move(worker));
  }
  const std::string run_json = run_json_text(request_to_json(request, models, *dataset));
  if (auto written = write_file_atomic(run_folder / "run.json", run_json); !written) {
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

  const Run run(request, models, *dataset, *earlier);
  StudyOutcome outcome;
  outcome.records = records.size();
  std::vector<Block> blocks(records.size());
  std::unordered_set<std::string> written_keys;
  std::unordered_set<std::string> photos;
  Result<void> written;
  const auto start = Clock::now();
  {
    Progress progress("study", "photos", records.size());
    parallel_in_order(
        records.size(), jobs, 4 * jobs,
        [&](std::size_t worker, std::size_t i) {
          blocks[i] = run.work(workers[worker], *records[i]);
        },
        [&](std::size_t i) {
          const Block block = std::exchange(blocks[i], {});
          written = results->append(block.lines);
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
    written = results->sync();
  }
  if (!written) {
    return written.error();
  }
  if (auto finished = earlier->finish(written_keys, photos); !finished) {
    return finished.error();
  }
  outcome.seconds.total = seconds_since(start) * static_cast<double>(jobs);
  for (const Worker& worker : workers) {
    outcome.seconds.decode += worker.seconds.decode;
    outcome.seconds.expose += worker.seconds.expose;
    outcome.seconds.enhance += worker.seconds.enhance;
    outcome.seconds.detect += worker.seconds.detect;
  }
  return outcome;
}

Result<StudyRequest> read_request(const fs::path& run_folder) {
  const fs::path path = run_folder / "run.json";
  const auto text = read_file(path, 16U << 20U);
  if (!text) {
    return Error{text.error().message + " (is this the folder of a study?)"};
  }
  const auto json = nlohmann::ordered_json::parse(*text, nullptr, false);
  if (json.is_discarded()) {
    return Error{path.string() + ": not JSON"};
  }
  auto request = request_from_json(json);
  if (!request) {
    return Error{path.string() + ": " + request.error().message};
  }
  return request;
}

Result<std::string> read_command(const fs::path& run_folder) {
  const fs::path path = run_folder / "run.json";
  const auto text = read_file(path, 16U << 20U);
  if (!text) {
    return text.error();
  }
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  if (!json.is_object() || !json.contains("command") || !json["command"].is_string()) {
    return Error{path.string() + ": no field \"command\"; run the study again"};
  }
  return json["command"].get<std::string>();
}

}  // namespace everyface
