// Enrolment: how a gallery grows.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unordered_map>
#include <utility>

#include "everyface/base/file.h"
#include "everyface/search/gallery.h"
#include "search/gallery_list.h"

namespace everyface {
namespace {

namespace fs = std::filesystem;
using search::ListedSegment;

/// Holds a folder for one process; the system lets go of it when the process dies.
class FolderLock {
 public:
  static Result<FolderLock> take(const fs::path& folder) {
    FolderLock lock;
    lock.descriptor_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock.descriptor_ < 0) {
      return Error{"cannot open " + folder.string() + ": " + std::strerror(errno)};
    }
    if (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
      return Error{folder.string() + ": another enrolment is under way: wait for it to end"};
    }
    return lock;
  }
  FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FolderLock& operator=(FolderLock&& other) = delete;
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }

 private:
  FolderLock() = default;
  int descriptor_ = -1;
};

bool is_unfinished(const std::string& file) {
  constexpr std::string_view kWriting = ".writing";
  return file.starts_with(std::string(search::kGalleryList) + ".tmp") ||
         (file.ends_with(kWriting) &&
          search::segment_number(std::string_view(file).substr(0, file.size() - kWriting.size())));
}

bool is_listed(const std::vector<ListedSegment>& segments, const std::string& file) {
  return std::any_of(segments.begin(), segments.end(),
                     [&](const ListedSegment& segment) { return segment.file == file; });
}

/// Removes what a killed enrolment has left. Error: something there is no part of a gallery, and
/// there is no gallery either, so that the folder is somebody else's.
Result<void> remove_leftovers(const fs::path& folder, const std::vector<ListedSegment>& segments) {
  std::vector<fs::path> leftovers;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(folder, problem)) {
    const std::string file = entry.path().filename().string();
    if (is_unfinished(file) || (search::segment_number(file) && !is_listed(segments, file))) {
      leftovers.push_back(entry.path());
    } else if (segments.empty() && file != search::kGalleryList) {
      return Error{folder.string() + " holds other things (" + file +
                   "): name a folder of its own for the gallery"};
    }
  }
  for (const fs::path& leftover : leftovers) {
    fs::remove(leftover, problem);
  }
  if (problem) {
    return Error{"cannot tidy " + folder.string() + ": " + problem.message()};
  }
  return {};
}

}  // namespace

class GalleryWriter::Impl {
 public:
  Impl(fs::path folder, TemplateInfo info, FolderLock lock)
      : folder_(std::move(folder)), info_(std::move(info)), lock_(std::move(lock)) {}

  /// Reads what is there.
  Result<void> load();
  [[nodiscard]] Result<bool> enrolled(std::string_view name, std::string_view sha256) const;
  Result<void> add(std::span<const float> row, const std::vector<std::string>& values);
  Result<void> commit();
  Result<void> compact();
  [[nodiscard]] bool ended() const { return ended_.has_value(); }
  [[nodiscard]] std::size_t size() const;

 private:
  /// Takes no more: whatever came after would be built on what may not be on the disk.
  Error end_with(const Error& error) { return ended_.emplace(error); }
  Result<TemplateFile> open_segment(const ListedSegment& segment) const;
  Result<void> remember(TemplateFile file);
  /// Makes `segments` the gallery.
  Result<void> publish(std::vector<ListedSegment> segments);
  /// Of the next segment; numbers are not used again while the writer lives.
  fs::path next_path() { return folder_ / search::segment_file(++last_number_); }
  Result<ListedSegment> join_from(std::size_t first);

  fs::path folder_;
  TemplateInfo info_;
  FolderLock lock_;
  std::vector<ListedSegment> segments_;
  std::size_t last_number_ = 0;
  std::vector<TemplateFile> mapped_;                                 // holds what enrolled_ views
  std::unordered_map<std::string_view, std::string_view> enrolled_;  // checksums by name
  std::unordered_map<std::string, std::string> pending_;             // since the last commit
  std::optional<TemplateWriter> writer_;
  fs::path writing_;
  std::optional<Error> ended_;
};

Result<TemplateFile> GalleryWriter::Impl::open_segment(const ListedSegment& segment) const {
  return TemplateFile::open(folder_ / segment.file);
}

Result<void> GalleryWriter::Impl::load() {
  if (fs::exists(folder_ / search::kGalleryList)) {
    auto listed = search::read_gallery_list(folder_);
    if (!listed) {
      return listed.error();
    }
    segments_ = *std::move(listed);
  }
  for (const ListedSegment& segment : segments_) {
    last_number_ = std::max(last_number_, *search::segment_number(segment.file));
    auto file = open_segment(segment);
    if (!file) {
      return file.error();
    }
    if (const auto comparable = check_comparable(file->info(), info_); !comparable) {
      return Error{folder_.string() + ": " + comparable.error().message};
    }
    if (const auto remembered = remember(*std::move(file)); !remembered) {
      return remembered.error();
    }
  }
  return remove_leftovers(folder_, segments_);
}

Result<void> GalleryWriter::Impl::remember(TemplateFile file) {
  const auto& columns = file.info().columns;
  if (columns.size() < 2 || columns[1] != kChecksumColumn) {
    return Error{folder_.string() + ": damaged: a segment's second column is not \"" +
                 std::string(kChecksumColumn) + "\""};
  }
  enrolled_.reserve(enrolled_.size() + file.size());
  for (std::size_t row = 0; row < file.size(); ++row) {
    enrolled_.emplace(file.name(row), file.value(1, row));
  }
  mapped_.push_back(std::move(file));
  return {};
}

Result<bool> GalleryWriter::Impl::enrolled(std::string_view name, std::string_view sha256) const {
  std::string_view known;
  if (const auto found = enrolled_.find(name); found != enrolled_.end()) {
    known = found->second;
  } else if (const auto waiting = pending_.find(std::string(name)); waiting != pending_.end()) {
    known = waiting->second;
  } else {
    return false;
  }
  if (known != sha256) {
    return Error{std::string(name) +
                 " is enrolled already, from something else (its checksum differs): enrol it under "
                 "another name"};
  }
  return true;
}

Result<void> GalleryWriter::Impl::add(std::span<const float> row,
                                      const std::vector<std::string>& values) {
  if (ended_) {
    return *ended_;
  }
  if (values.size() != info_.columns.size()) {
    return Error{std::to_string(values.size()) + " values do not fit " +
                 std::to_string(info_.columns.size()) + " columns"};
  }
  const auto known = enrolled(values[0], values[1]);
  if (!known) {
    return known.error();
  }
  if (*known) {
    return Error{values[0] + " is enrolled already"};
  }
  if (!writer_) {
    writing_ = next_path();
    auto writer = TemplateWriter::create(writing_, info_);
    if (!writer) {
      return end_with(writer.error());
    }
    writer_ = *std::move(writer);
  }
  if (const auto added = writer_->add(row, values); !added) {
    return writer_->failed() ? end_with(added.error()) : added.error();
  }
  pending_.emplace(values[0], values[1]);
  return {};
}

Result<void> GalleryWriter::Impl::publish(std::vector<ListedSegment> segments) {
  if (auto written =
          write_file_atomic(folder_ / search::kGalleryList, search::gallery_list_text(segments));
      !written) {
    return written.error();
  }
  segments_ = std::move(segments);
  return {};
}

Result<void> GalleryWriter::Impl::commit() {
  if (ended_) {
    return *ended_;
  }
  if (pending_.empty()) {
    return {};
  }
  if (auto finished = writer_->finish(); !finished) {
    return end_with(finished.error());
  }
  std::vector<ListedSegment> segments = segments_;
  segments.push_back({writing_.filename().string(), writer_->size()});
  if (auto published = publish(std::move(segments)); !published) {
    return end_with(published.error());
  }
  writer_.reset();
  pending_.clear();
  auto file = open_segment(segments_.back());
  if (!file) {
    return end_with(file.error());
  }
  if (const auto remembered = remember(*std::move(file)); !remembered) {
    return end_with(remembered.error());
  }
  return {};
}

Result<ListedSegment> GalleryWriter::Impl::join_from(std::size_t first) {
  // Through Gallery, which knows how the segments' columns fit together.
  const auto gallery = Gallery::open(folder_);
  if (!gallery) {
    return gallery.error();
  }
  const fs::path path = next_path();
  auto writer = TemplateWriter::create(path, gallery->info());
  if (!writer) {
    return writer.error();
  }
  std::size_t row = 0;
  for (std::size_t segment = 0; segment < first; ++segment) {
    row += segments_[segment].count;
  }
  std::vector<std::string> values(gallery->info().columns.size());
  for (; row < gallery->size(); ++row) {
    for (std::size_t column = 0; column < values.size(); ++column) {
      values[column] = gallery->value(column, row);
    }
    if (const auto added = writer->add(gallery->row(row), values); !added) {
      return added.error();
    }
  }
  if (auto finished = writer->finish(); !finished) {
    return finished.error();
  }
  return ListedSegment{path.filename().string(), writer->size()};
}

Result<void> GalleryWriter::Impl::compact() {
  if (ended_) {
    return *ended_;
  }
  std::size_t first = segments_.size();  // of those to join
  std::size_t after = 0;
  for (std::size_t i = segments_.size(); i-- > 0;) {
    if (segments_[i].count < after) {
      first = i;
    }
    after += segments_[i].count;
  }
  if (first == segments_.size()) {
    return {};
  }
  auto joined = join_from(first);
  if (!joined) {
    return end_with(joined.error());
  }
  const auto begin = segments_.begin() + static_cast<std::ptrdiff_t>(first);
  const std::vector<ListedSegment> replaced(begin, segments_.end());
  std::vector<ListedSegment> segments(segments_.begin(), begin);
  segments.push_back(*std::move(joined));
  if (auto published = publish(std::move(segments)); !published) {
    return end_with(published.error());
  }
  for (const ListedSegment& segment : replaced) {
    std::error_code ignored;  // the next enrolment tries again
    fs::remove(folder_ / segment.file, ignored);
  }
  return {};
}

std::size_t GalleryWriter::Impl::size() const {
  std::size_t total = 0;
  for (const ListedSegment& segment : segments_) {
    total += segment.count;
  }
  return total;
}

GalleryWriter::GalleryWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GalleryWriter::GalleryWriter(GalleryWriter&& other) noexcept = default;
GalleryWriter& GalleryWriter::operator=(GalleryWriter&& other) noexcept = default;
GalleryWriter::~GalleryWriter() = default;

Result<GalleryWriter> GalleryWriter::open(const fs::path& folder, TemplateInfo info) {
  if (info.columns.size() < 2 || info.columns[0] != "name" || info.columns[1] != kChecksumColumn) {
    return Error{"the first columns of a gallery are name and " + std::string(kChecksumColumn)};
  }
  if (auto made = make_folder(folder); !made) {
    return made.error();
  }
  auto lock = FolderLock::take(folder);
  if (!lock) {
    return lock.error();
  }
  auto impl = std::make_unique<Impl>(folder, std::move(info), *std::move(lock));
  if (auto loaded = impl->load(); !loaded) {
    return loaded.error();
  }
  return GalleryWriter(std::move(impl));
}

Result<bool> GalleryWriter::enrolled(std::string_view name, std::string_view sha256) const {
  return impl_->enrolled(name, sha256);
}
Result<void> GalleryWriter::add(std::span<const float> row,
                                const std::vector<std::string>& values) {
  return impl_->add(row, values);
}
Result<void> GalleryWriter::commit() { return impl_->commit(); }
Result<void> GalleryWriter::compact() { return impl_->compact(); }
bool GalleryWriter::ended() const { return impl_->ended(); }
std::size_t GalleryWriter::size() const { return impl_->size(); }

}  // namespace everyface
