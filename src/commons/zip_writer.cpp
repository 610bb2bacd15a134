#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "everyface/commons/export.h"

namespace everyface {

/// libarchive's writer, and the sink's error, which it cannot carry.
class ZipWriter::Archive {
 public:
  explicit Archive(ByteSink sink) : sink_(std::move(sink)), archive_(::archive_write_new()) {
    ::archive_write_set_format_zip(archive_);
    ::archive_write_set_bytes_in_last_block(archive_, 1);  // no padding at the end
    ::archive_write_open2(archive_, this, nullptr, &Archive::pass_on, nullptr, nullptr);
  }
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;
  ~Archive() { ::archive_write_free(archive_); }

  Result<void> add(std::string_view name, std::string_view content, std::int64_t modified_ms) {
    constexpr int kReadable = 0644;
    const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(::archive_entry_new(),
                                                                         &::archive_entry_free);
    ::archive_entry_set_pathname_utf8(entry.get(), std::string(name).c_str());
    ::archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
    ::archive_entry_set_filetype(entry.get(), AE_IFREG);
    ::archive_entry_set_perm(entry.get(), kReadable);
    ::archive_entry_set_mtime(entry.get(), modified_ms / kSecondMs, 0);
    if (::archive_write_header(archive_, entry.get()) != ARCHIVE_OK ||
        ::archive_write_data(archive_, content.data(), content.size()) < 0) {
      return problem();
    }
    return {};
  }

  Result<void> finish() {
    if (::archive_write_close(archive_) != ARCHIVE_OK) {
      return problem();
    }
    return {};
  }

 private:
  static la_ssize_t pass_on(archive* writer, void* self, const void* bytes, std::size_t count) {
    auto& me = *static_cast<Archive*>(self);
    const auto taken = me.sink_(std::string_view(static_cast<const char*>(bytes), count));
    if (!taken) {
      me.sink_error_ = taken.error();
      ::archive_set_error(writer, EIO, "the sink takes no more");
      return -1;
    }
    return static_cast<la_ssize_t>(count);
  }

  Error problem() const {
    return sink_error_.value_or(
        Error{fmt::format("cannot write the ZIP: {}", ::archive_error_string(archive_))});
  }

  ByteSink sink_;
  archive* archive_;
  std::optional<Error> sink_error_;
};

ZipWriter::ZipWriter(ByteSink sink) : archive_(std::make_unique<Archive>(std::move(sink))) {}
ZipWriter::~ZipWriter() = default;

Result<void> ZipWriter::add(std::string_view name, std::string_view content,
                            std::int64_t modified_ms) {
  return archive_->add(name, content, modified_ms);
}

Result<void> ZipWriter::finish() { return archive_->finish(); }

Result<void> export_account(const Uuid& account, const std::vector<ExportPart>& parts,
                            const ByteSink& sink) {
  ZipWriter zip(sink);
  for (const ExportPart& part : parts) {
    if (auto added = part(zip, account); !added) {
      return added;
    }
  }
  return zip.finish();
}

}  // namespace everyface
