// What tests share: the data beside the repository, and folders that go away.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace everyface::testing {

/// ../shared beside the repository ($EVERYFACE_SHARED elsewhere): photos, labels, weights and
/// reference outputs that are not ours to ship.
inline std::filesystem::path shared_folder() {
  if (const char* set = std::getenv("EVERYFACE_SHARED")) {
    return set;
  }
  return std::filesystem::path(EVERYFACE_SOURCE_DIR).parent_path() / "shared";
}

inline std::filesystem::path source_folder() { return EVERYFACE_SOURCE_DIR; }

/// A folder of its own for one test, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "everyface-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace everyface::testing

/// Skips the test, saying what is missing, where a file of ../shared is not there.
#define EVERYFACE_NEEDS_SHARED(relative)                                              \
  do {                                                                                \
    if (!std::filesystem::exists(everyface::testing::shared_folder() / (relative))) { \
      GTEST_SKIP() << "needs " << (everyface::testing::shared_folder() / (relative))  \
                   << ", which is not there; set EVERYFACE_SHARED to where it is";    \
    }                                                                                 \
  } while (false)
