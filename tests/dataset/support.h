// Small data sets, written by the tests themselves.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "everyface/dataset/dataset.h"
#include "tests/testing.h"

namespace everyface::testing {

/// A folder in which files come to be with their parents.
class DataFolder {
 public:
  [[nodiscard]] std::filesystem::path path() const { return folder_.path(); }

  void write(const std::string& name, std::string_view content) const {
    const std::filesystem::path file = path() / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
  }
  /// A photo of 2 by 1 pixels, whatever its extension.
  void photo(const std::string& name) const {
    write(name, std::string_view("P5 2 1 255\n\x10\x20", 13));
  }

 private:
  TemporaryFolder folder_;
};

/// The data set, which must open.
inline Dataset open(std::string_view kind, const std::filesystem::path& path) {
  auto data = open_dataset(kind, path);
  if (!data) {
    ADD_FAILURE() << data.error().message;
    return {};
  }
  return std::move(*data);
}

/// The message of open_dataset(), which must refuse.
inline std::string refusal(std::string_view kind, const std::filesystem::path& path) {
  auto data = open_dataset(kind, path);
  return data ? "opened" : data.error().message;
}

/// The record of that name, which must be there.
inline Record record(const Dataset& data, std::string_view name) {
  for (const Record& one : data.records) {
    if (one.name == name) {
      return one;
    }
  }
  ADD_FAILURE() << "no record " << name;
  return {};
}

}  // namespace everyface::testing
