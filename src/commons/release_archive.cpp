#include "commons/release_archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <new>
#include <utility>

namespace everyface {
namespace {

constexpr int kReadableByAll = 0644;

}  // namespace

ReleaseArchive::ReleaseArchive(std::filesystem::path file, Handle handle)
    : file_(std::move(file)), handle_(std::move(handle)) {}

Error ReleaseArchive::problem() const {
  const char* const reason = archive_error_string(handle_.get());
  return {"cannot write " + file_.string() + ": " +
          (reason != nullptr ? reason : "no reason given")};
}

Result<ReleaseArchive> ReleaseArchive::create(const std::filesystem::path& file,
                                              ArchiveFormat format) {
  ReleaseArchive made(file, Handle(archive_write_new(), archive_write_free));
  archive* const handle = made.handle_.get();
  if (handle == nullptr) {
    throw std::bad_alloc();
  }
  int fine = ARCHIVE_OK;
  if (format == ArchiveFormat::kZip) {
    fine = archive_write_set_format_zip(handle);
    if (fine == ARCHIVE_OK) {
      fine = archive_write_zip_set_compression_store(handle);
    }
  } else {
    fine = archive_write_set_format_ustar(handle);
  }
  if (fine != ARCHIVE_OK || archive_write_open_filename(handle, file.c_str()) != ARCHIVE_OK) {
    return made.problem();
  }
  return made;
}

Result<void> ReleaseArchive::add(const std::string& name, std::string_view content) {
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                       archive_entry_free);
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), kReadableByAll);
  if (archive_write_header(handle_.get(), entry.get()) != ARCHIVE_OK ||
      archive_write_data(handle_.get(), content.data(), content.size()) !=
          static_cast<la_ssize_t>(content.size()) ||
      archive_write_finish_entry(handle_.get()) != ARCHIVE_OK) {
    return problem();
  }
  content_bytes_ += content.size();
  return {};
}

Result<void> ReleaseArchive::finish() {
  if (archive_write_close(handle_.get()) != ARCHIVE_OK) {
    return problem();
  }
  return {};
}

}  // namespace everyface
