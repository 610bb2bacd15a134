// What a report wrote.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "everyface/base/file.h"

namespace everyface::testing {

/// All files of a folder, by path below it.
inline std::map<std::string, std::string> files_below(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      files[std::filesystem::relative(entry.path(), folder).generic_string()] =
          read_file(entry.path()).value();
    }
  }
  return files;
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace everyface::testing
