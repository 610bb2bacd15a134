#include "study/run_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

namespace everyface {
namespace {

namespace fs = std::filesystem;

/// Calls visit(offset, line) for every whole line of a file, newline included.
template <typename Visit>
void for_each_line(const fs::path& path, const Visit& visit) {
  std::ifstream file(path, std::ios::binary);
  std::string line;
  std::uint64_t offset = 0;
  while (std::getline(file, line)) {
    if (file.eof()) {
      return;  // no newline: the run was killed while it wrote this line
    }
    line += '\n';
    visit(offset, line);
    offset += line.size();
  }
}

}  // namespace

Result<FolderLock> FolderLock::take(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) {
    return Error{"cannot open the folder " + folder.string() + ": " + std::strerror(errno)};
  }
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    ::close(descriptor);
    return Error{folder.string() + " is being written by another everyface process; wait for it, " +
                 "or choose another folder with -o"};
  }
  return FolderLock(descriptor);
}

FolderLock::FolderLock(FolderLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

std::string_view key_of_line(std::string_view line) {
  // Quotes inside JSON strings are escaped, so this can only be the field itself.
  constexpr std::string_view kField = "\"key\":\"";
  if (!line.starts_with('{') || !line.ends_with("}\n")) {
    return {};
  }
  const std::size_t at = line.find(kField);
  if (at == std::string_view::npos) {
    return {};
  }
  line.remove_prefix(at + kField.size());
  return line.substr(0, line.find('"'));
}

std::string_view photo_of_key(std::string_view key) { return key.substr(0, key.find('.')); }

Result<EarlierResults> EarlierResults::open(const fs::path& run_folder) {
  EarlierResults earlier(run_folder);
  const fs::path results = run_folder / kResultsFile;
  const fs::path previous = run_folder / kPreviousFile;
  std::error_code problem;
  if (fs::exists(results) && !fs::exists(previous)) {
    fs::rename(results, previous, problem);
    if (problem) {
      return Error{"cannot rename " + results.string() + ": " + problem.message()};
    }
  }

  std::uint64_t whole = 0;  // bytes up to the end of the last whole line
  const auto index = [&](std::uint64_t offset, const std::string& line) {
    whole = offset + line.size();
    if (const std::string_view key = key_of_line(line); !key.empty()) {
      earlier.places_.insert_or_assign(std::string(key), Place{offset, line.size()});
    }
  };
  for_each_line(previous, index);

  if (fs::exists(results)) {  // an interrupted run that had begun to reuse lines: add its new ones
    if (fs::exists(previous)) {
      fs::resize_file(previous, whole, problem);
    }
    auto file = AppendFile::open(previous);
    if (!file) {
      return file.error();
    }
    Result<void> written;
    std::uint64_t end = whole;
    for_each_line(results, [&](std::uint64_t, const std::string& line) {
      const std::string key(key_of_line(line));
      if (written.ok() && !key.empty() && !earlier.places_.contains(key)) {
        written = file->append(line);
        earlier.places_.emplace(key, Place{end, line.size()});
        end += line.size();
      }
    });
    if (!written) {
      return written.error();
    }
    if (auto synced = file->sync(); !synced) {
      return synced.error();
    }
    fs::remove(results, problem);
  }

  if (!earlier.places_.empty()) {
    earlier.descriptor_ = ::open(previous.c_str(), O_RDONLY | O_CLOEXEC);
    if (earlier.descriptor_ < 0) {
      return Error{"cannot read " + previous.string() + ": " + std::strerror(errno)};
    }
  }
  return earlier;
}

EarlierResults::EarlierResults(EarlierResults&& other) noexcept
    : folder_(std::move(other.folder_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      places_(std::move(other.places_)) {}

EarlierResults::~EarlierResults() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

std::optional<std::string> EarlierResults::find(const std::string& key) const {
  const auto found = places_.find(key);
  if (found == places_.end()) {
    return std::nullopt;
  }
  std::string line(found->second.length, '\0');
  const ssize_t got =
      ::pread(descriptor_, line.data(), line.size(), static_cast<off_t>(found->second.offset));
  if (got != static_cast<ssize_t>(line.size()) || key_of_line(line) != key) {
    return std::nullopt;  // the file was changed under us: compute the row again
  }
  return line;
}

Result<void> EarlierResults::finish(const std::unordered_set<std::string>& written_keys,
                                    const std::unordered_set<std::string>& photos) {
  for (const auto& [key, place] : places_) {
    if (!written_keys.contains(key) && photos.contains(std::string(photo_of_key(key)))) {
      return {};
    }
  }
  std::error_code problem;
  fs::remove(folder_ / kPreviousFile, problem);
  if (problem) {
    return Error{"cannot remove " + (folder_ / kPreviousFile).string() + ": " + problem.message()};
  }
  return {};
}

}  // namespace everyface
