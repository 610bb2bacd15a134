#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>
#include <vector>

#include "everyface/base/text.h"
#include "everyface/image/photo.h"

namespace everyface {
namespace {

namespace fs = std::filesystem;

bool is_other_picture(const fs::path& path) {
  constexpr std::array<std::string_view, 10> kExtensions = {
      ".gif", ".heic", ".heif", ".avif", ".jp2", ".raw", ".dng", ".cr2", ".nef", ".arw"};
  return std::find(kExtensions.begin(), kExtensions.end(), lower_case(path.extension().string())) !=
         kExtensions.end();
}

bool is_study_output(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / "run.json", ignored) && fs::exists(folder / "results.jsonl", ignored);
}

/// Walks a folder, following symbolic links but never back into a folder it is inside of.
class Walk {
 public:
  Walk(FoundPhotos& found, const fs::path& skip) : found_(found) {
    std::error_code not_there;
    skip_ = skip.empty() ? fs::path() : fs::canonical(skip, not_there);
  }

  void folder(const fs::path& path, const std::string& name) {
    std::error_code problem;
    const fs::path real = fs::canonical(path, problem);
    if (problem) {
      report(path, problem.message());
      return;
    }
    if (std::find(inside_.begin(), inside_.end(), real) != inside_.end()) {
      report(path, "a symbolic link back to " + real.string() + " makes a loop; not followed");
      return;
    }
    const bool is_named = name.empty();  // as an input: then it is walked all the same
    if (!is_named && (real == skip_ || is_study_output(path))) {
      return;
    }
    inside_.push_back(real);
    std::vector<fs::directory_entry> entries;
    fs::directory_iterator iterator(path, problem);
    for (; !problem && iterator != fs::directory_iterator(); iterator.increment(problem)) {
      entries.push_back(*iterator);
    }
    if (problem) {
      report(path, problem.message());
    }
    for (const fs::directory_entry& entry : entries) {
      visit(entry, name.empty() ? file_name(entry) : name + "/" + file_name(entry));
    }
    inside_.pop_back();
  }

 private:
  static std::string file_name(const fs::directory_entry& entry) {
    return entry.path().filename().string();
  }

  void visit(const fs::directory_entry& entry, const std::string& name) {
    std::error_code problem;
    const fs::file_status status = entry.status(problem);
    if (fs::is_directory(status)) {
      folder(entry.path(), name);
    } else if (has_photo_extension(entry.path())) {
      // A link that leads nowhere or in circles is still a photo somebody expects here.
      if (problem || !fs::exists(status)) {
        report(entry.path(), problem ? problem.message() : "the symbolic link leads nowhere");
      } else {
        found_.photos.push_back({entry.path(), name});
      }
    } else if (fs::is_regular_file(status) && is_other_picture(entry.path())) {
      ++found_.other_files;
    }
  }

  void report(const fs::path& path, const std::string& why) {
    found_.problems.push_back(to_valid_utf8(path.string()) + ": " + why);
  }

  FoundPhotos& found_;
  fs::path skip_;
  std::vector<fs::path> inside_;
};

}  // namespace

FoundPhotos find_photos(const std::vector<fs::path>& inputs, const fs::path& skip) {
  FoundPhotos found;
  for (const fs::path& input : inputs) {
    std::error_code problem;
    const fs::file_status status = fs::status(input, problem);
    const std::size_t first = found.photos.size();
    if (!fs::exists(status)) {
      const bool missing = status.type() == fs::file_type::not_found;
      found.problems.push_back(to_valid_utf8(input.string()) + ": " +
                               (missing ? "no such file or folder" : problem.message()));
    } else if (fs::is_directory(status)) {
      Walk(found, skip).folder(input, "");
    } else {
      found.photos.push_back({input, input.filename().string()});
    }
    std::sort(found.photos.begin() + static_cast<std::ptrdiff_t>(first), found.photos.end(),
              [](const FoundPhoto& a, const FoundPhoto& b) { return a.name < b.name; });
  }
  return found;
}

}  // namespace everyface
