// The lines of a run folder's results: those of earlier runs to reuse, new ones to append.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "everyface/base/file.h"
#include "everyface/base/result.h"

namespace everyface {

inline constexpr std::string_view kResultsFile = "results.jsonl";
inline constexpr std::string_view kPreviousFile = "results.previous.jsonl";

/// Keeps two processes from writing one run folder at once. Released at destruction or death.
class FolderLock {
 public:
  static Result<FolderLock> take(const std::filesystem::path& folder);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

/// Lines of earlier runs, found by the key that each carries. open() moves what results.jsonl holds
/// to results.previous.jsonl, so that results.jsonl can be written from its beginning, in order;
/// a line is never in neither file.
class EarlierResults {
 public:
  static Result<EarlierResults> open(const std::filesystem::path& run_folder);
  EarlierResults(EarlierResults&& other) noexcept;
  EarlierResults& operator=(EarlierResults&&) = delete;
  EarlierResults(const EarlierResults&) = delete;
  EarlierResults& operator=(const EarlierResults&) = delete;
  ~EarlierResults();

  /// The line with this key, newline included; none where there is none. Safe from many threads.
  [[nodiscard]] std::optional<std::string> find(const std::string& key) const;

  /// Deletes results.previous.jsonl unless it holds lines about the photos of this run (given by
  /// the first part of their keys) that this run has not written: rows of another request, which
  /// may be asked for again.
  Result<void> finish(const std::unordered_set<std::string>& written_keys,
                      const std::unordered_set<std::string>& photos);

 private:
  struct Place {
    std::uint64_t offset;
    std::size_t length;
  };

  explicit EarlierResults(std::filesystem::path run_folder) : folder_(std::move(run_folder)) {}

  std::filesystem::path folder_;
  int descriptor_ = -1;
  std::unordered_map<std::string, Place> places_;
};

/// The value of "key" in a line of results.jsonl, "" where it has none (or the line is not whole).
std::string_view key_of_line(std::string_view line);

/// The part of a key that stands for the photo: before the dot.
std::string_view photo_of_key(std::string_view key);

}  // namespace everyface
