#include "cli/photo_output.h"

#include <sys/stat.h>

namespace everyface::cli {

OutputPaths::OutputPaths(const std::filesystem::path& folder, const std::string& format,
                         const FoundPhotos& found)
    : found_(found) {
  for (std::size_t i = 0; i < found.photos.size(); ++i) {
    std::filesystem::path path = folder / found.photos[i].name;
    if (!format.empty()) {
      path.replace_extension(format);
      if (first_use_.contains(path.string())) {
        path = folder / (found.photos[i].name + "." + format);
      }
    }
    first_use_.emplace(path.string(), i);
    paths_.push_back(path);
    if (const auto file = identity(found.photos[i].file)) {
      inputs_.emplace(*file, i);
    }
  }
}

Result<std::filesystem::path> OutputPaths::of(std::size_t index) const {
  const std::filesystem::path& path = paths_[index];
  const std::filesystem::path& input = found_.photos[index].file;
  if (const std::size_t first = first_use_.at(path.string()); first != index) {
    return Error{input.string() + ": its output " + path.string() + " is taken by " +
                 found_.photos[first].file.string() + "; give them to separate runs"};
  }
  std::error_code ignored;
  if (std::filesystem::equivalent(input, path, ignored)) {
    return Error{input.string() + ": would be written over itself; choose another folder with -o"};
  }
  const auto there = identity(path);
  if (const auto other = there ? inputs_.find(*there) : inputs_.end(); other != inputs_.end()) {
    return Error{input.string() + ": would be written over " +
                 found_.photos[other->second].file.string() +
                 ", another of the photos; choose another folder with -o"};
  }
  return path;
}

std::optional<OutputPaths::Identity> OutputPaths::identity(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) {
    return std::nullopt;
  }
  return Identity(status.st_dev, status.st_ino);
}

}  // namespace everyface::cli
