#include "commons/work_folder.h"

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "everyface/base/file.h"

namespace everyface {

WorkFolder::WorkFolder(std::filesystem::path path) : path_(std::move(path)) {}
WorkFolder::WorkFolder(WorkFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}

WorkFolder::~WorkFolder() {
  if (!path_.empty()) {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
}

Result<WorkFolder> WorkFolder::create(const std::filesystem::path& parent) {
  const std::filesystem::path above =
      parent.empty() ? std::filesystem::temp_directory_path() : parent;
  if (auto made = make_folder(above); !made) {
    return made.error();
  }
  std::string pattern = (above / "everyface-release-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    return Error{"cannot make a folder in " + above.string() + ": " +
                 std::generic_category().message(errno)};
  }
  return WorkFolder(pattern);
}

Result<void> WorkFolder::touch(const std::filesystem::path& path) {
  std::error_code problem;
  std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now(), problem);
  return problem ? Error{"cannot touch " + path.string() + ": " + problem.message()}
                 : Result<void>();
}

}  // namespace everyface
