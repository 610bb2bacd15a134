// Reads archives back in tests.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "everyface/base/file.h"

namespace everyface::testing {

struct ArchivedFile {
  std::string name;
  std::string content;
};

/// The files of a ZIP or tar file, in their order.
inline std::vector<ArchivedFile> unpacked(const std::filesystem::path& file) {
  archive* const handle = archive_read_new();
  archive_read_support_format_zip(handle);
  archive_read_support_format_tar(handle);
  constexpr std::size_t kBlock = 1U << 16U;
  if (archive_read_open_filename(handle, file.c_str(), kBlock) != ARCHIVE_OK) {
    throw std::runtime_error(archive_error_string(handle));
  }
  std::vector<ArchivedFile> files;
  archive_entry* entry = nullptr;
  while (archive_read_next_header(handle, &entry) == ARCHIVE_OK) {
    ArchivedFile& read = files.emplace_back();
    read.name = archive_entry_pathname(entry);
    std::string block(kBlock, '\0');
    la_ssize_t count = 0;
    while ((count = archive_read_data(handle, block.data(), block.size())) > 0) {
      read.content.append(block, 0, static_cast<std::size_t>(count));
    }
  }
  archive_read_free(handle);
  return files;
}

/// Unpacks a ZIP below a folder.
inline void unpack(const std::filesystem::path& file, const std::filesystem::path& folder) {
  for (const ArchivedFile& read : unpacked(file)) {
    std::filesystem::create_directories((folder / read.name).parent_path());
    if (!write_file_atomic(folder / read.name, read.content)) {
      throw std::runtime_error("cannot write " + read.name);
    }
  }
}

}  // namespace everyface::testing
