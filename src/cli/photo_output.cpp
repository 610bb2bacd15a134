#include "cli/photo_output.h"

#include <utility>

namespace everyface::cli {

OutputPaths::OutputPaths(std::filesystem::path folder, std::string format, const FoundPhotos& found)
    : folder_(std::move(folder)), format_(std::move(format)), found_(found) {
  for (std::size_t i = 0; i < found.photos.size(); ++i) {
    first_use_.emplace(plain_path(i).string(), i);
  }
}

std::filesystem::path OutputPaths::plain_path(std::size_t index) const {
  std::filesystem::path path = folder_ / found_.photos[index].name;
  if (!format_.empty()) {
    path.replace_extension(format_);
  }
  return path;
}

Result<std::filesystem::path> OutputPaths::of(std::size_t index) const {
  std::filesystem::path path = plain_path(index);
  const std::filesystem::path& input = found_.photos[index].file;
  if (const std::size_t first = first_use_.at(path.string()); first != index) {
    return Error{input.string() + ": its output " + path.string() + " is taken by " +
                 found_.photos[first].file.string() + "; give them to separate runs"};
  }
  std::error_code ignored;
  if (std::filesystem::equivalent(input, path, ignored)) {
    return Error{input.string() + ": would be written over itself; choose another folder with -o"};
  }
  return path;
}

}  // namespace everyface::cli
