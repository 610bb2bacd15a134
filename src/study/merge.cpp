#include "study/merge.h"

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "everyface/base/file.h"
#include "everyface/study/study.h"
#include "study/request_json.h"
#include "study/results.h"
#include "study/run_store.h"

namespace everyface {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// One part's results, a photo's lines at a time.
class BlockReader {
 public:
  explicit BlockReader(const fs::path& part) : file_(part / kResultsFile, std::ios::binary) {
    std::getline(file_, ahead_);
  }

  /// The next photo's lines; empty at the end.
  std::string next() {
    std::string block;
    while (!ahead_.empty()) {
      block += ahead_ + '\n';
      ahead_.clear();
      // Quotes inside JSON strings are escaped: only a photo's first line has this field.
      if (std::getline(file_, ahead_) && ahead_.find(",\"outcome\":\"") != std::string::npos) {
        break;
      }
    }
    return block;
  }

 private:
  std::ifstream file_;
  std::string ahead_;
};

/// The parts by their number, and the whole's run.json.
struct Parts {
  std::map<std::size_t, fs::path> by_index;
  std::size_t count = 0;
  Json run_json;
};

Result<Parts> read_parts(const std::string& experiment, const std::string& axis_field,
                         const std::vector<fs::path>& folders) {
  Parts parts;
  for (const fs::path& folder : folders) {
    auto json = read_run_json(folder, experiment);
    if (!json) {
      return json.error();
    }
    RunRequest request;
    if (const auto read = run_from_json(*json, request); !read) {
      return Error{(folder / "run.json").string() + ": " + read.error().message};
    }
    const auto axis = json->value(axis_field, std::vector<std::string>());
    if (const auto finished = read_rows(
            folder, request, axis_field, axis, [](PhotoLine&&) {},
            [](std::size_t, const nlohmann::json&) {});
        !finished) {
      return finished.error();
    }
    json->erase("shard");
    if (parts.by_index.empty()) {
      parts.run_json = *json;
      parts.count = request.shard.count;
    } else if (*json != parts.run_json || request.shard.count != parts.count) {
      return Error{
          fmt::format("{} and {} were made with different requests; merge only the shards of one",
                      folders.front().string(), folder.string())};
    }
    if (!parts.by_index.emplace(request.shard.index, folder).second) {
      return Error{fmt::format("shard {}/{} is given twice: {} and {}", request.shard.index,
                               parts.count, parts.by_index[request.shard.index].string(),
                               folder.string())};
    }
  }
  for (std::size_t index = 1; index <= parts.count; ++index) {
    if (!parts.by_index.contains(index)) {
      return Error{
          fmt::format("shard {0}/{1} is missing: run it with --shard {0}/{1}", index, parts.count)};
    }
  }
  return parts;
}

}  // namespace

Result<void> merge_runs(const std::string& experiment, const std::string& axis_field,
                        const std::vector<fs::path>& folders, const fs::path& run_folder) {
  for (const fs::path& folder : folders) {
    std::error_code ignored;
    if (fs::equivalent(folder, run_folder, ignored)) {
      return Error{"the whole cannot go into " + folder.string() +
                   ", which is one of its parts; choose another folder with -o"};
    }
  }
  const auto parts = read_parts(experiment, axis_field, folders);
  if (!parts) {
    return parts.error();
  }
  if (auto made = make_folder(run_folder); !made) {
    return made.error();
  }
  const auto lock = FolderLock::take(run_folder);
  if (!lock) {
    return lock.error();
  }
  // Shard i of n holds every n-th photo, so taking one from each in turn restores the order.
  std::vector<BlockReader> readers;
  readers.reserve(parts->by_index.size());
  for (const auto& [index, part] : parts->by_index) {
    readers.emplace_back(part);
  }
  std::error_code not_there;
  const fs::path unfinished = run_folder / (std::string(kResultsFile) + ".merging");
  fs::remove(unfinished, not_there);
  auto file = AppendFile::open(unfinished);
  if (!file) {
    return file.error();
  }
  for (std::size_t at = 0;; at = (at + 1) % readers.size()) {
    const std::string block = readers[at].next();
    if (block.empty()) {
      break;
    }
    if (auto written = file->append(block); !written) {
      return written.error();
    }
  }
  if (auto synced = file->sync(); !synced) {
    return synced.error();
  }
  std::error_code problem;
  fs::rename(unfinished, run_folder / kResultsFile, problem);
  if (problem) {
    return Error{"cannot write " + (run_folder / kResultsFile).string() + ": " + problem.message()};
  }
  return write_file_atomic(run_folder / "run.json", run_json_text(parts->run_json));
}

Result<void> merge_studies(const std::vector<fs::path>& parts, const fs::path& run_folder) {
  return merge_runs("study", "detector", parts, run_folder);
}

}  // namespace everyface
