#include "dataset/common.h"

#include <fmt/core.h>

#include <set>
#include <system_error>
#include <utility>

#include "everyface/base/file.h"
#include "everyface/base/text.h"

namespace everyface::dataset {
namespace fs = std::filesystem;

std::string shown(std::string_view text) {
  constexpr std::size_t kLongest = 2000;
  const bool cut = text.size() > kLongest;
  std::string line(text.substr(0, kLongest));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      c = '?';
    }
  }
  return to_valid_utf8(line) + (cut ? "…" : "");
}

std::string shown(const std::string& text) { return shown(std::string_view(text)); }

std::string shown(const fs::path& path) { return shown(std::string_view(path.native())); }

std::string in_quotes(std::string_view text) { return fmt::format("\"{}\"", shown(text)); }

Error at_line(std::string_view file, std::size_t line, std::string_view what) {
  std::string message(file);
  message += " line ";
  message += std::to_string(line);
  message += ": ";
  message += what;
  return Error{message};
}

std::vector<Line> lines_of(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) {
    text.remove_prefix(3);
  }
  std::vector<Line> lines;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    if (const std::string_view line = trim(text.substr(0, end)); !line.empty()) {
      lines.push_back({number, line});
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

Result<std::vector<double>> numbers_of(std::string_view line) {
  std::vector<double> numbers;
  for (const std::string_view part : split_blanks(line)) {
    const std::optional<double> number = parse_number(part);
    if (!number) {
      return Error{in_quotes(part) + " is not a number"};
    }
    numbers.push_back(*number);
  }
  return numbers;
}

Result<std::vector<FoundPhoto>> photos_below(const fs::path& folder,
                                             std::vector<std::string>& problems) {
  std::error_code problem;
  if (!fs::is_directory(folder, problem)) {
    return Error{shown(folder) + ": " + (problem ? problem.message() : "not a folder")};
  }
  FoundPhotos found = find_photos({folder});
  if (found.photos.empty()) {
    return Error{shown(folder) + ": no photo in it" +
                 (found.problems.empty() ? "" : fmt::format(" ({})", found.problems.front()))};
  }
  for (const std::string& line : found.problems) {
    problems.push_back(shown(line));
  }
  if (found.other_files > 0) {
    problems.push_back(fmt::format("{}: {} left out (GIF, HEIC, raw and the like are not read)",
                                   shown(folder), found.other_files));
  }
  return std::move(found.photos);
}

Record record_of(const FoundPhoto& photo, std::string_view prefix) {
  Record record;
  record.name = std::string(prefix) + photo.name;
  record.file = photo.file;
  return record;
}

LabelledFace face_without_box(Groups groups, std::optional<std::string> subject) {
  LabelledFace face;
  face.groups = std::move(groups);
  face.subject = std::move(subject);
  return face;
}

Result<std::size_t> read_photo_labels(Dataset& data, const std::string& photos,
                                      const std::string& labels, LabelParser parse) {
  const fs::path label_folder = data.root / labels;
  auto found = photos_below(data.root / photos, data.problems);
  if (!found) {
    return found.error();
  }
  std::set<fs::path> with_photo;
  std::size_t label_files = 0;
  for (const FoundPhoto& photo : *found) {
    Record record = record_of(photo, photos);
    const fs::path below = fs::path(photo.name).replace_extension(".txt");
    const fs::path label = label_folder / below;
    with_photo.insert(below);
    std::error_code problem;
    // A label that is there but cannot be read (a loop of links, say) must not pass as unlabelled.
    if (fs::symlink_status(label, problem).type() != fs::file_type::not_found) {
      ++label_files;
      const auto text = read_file(label, kMaxLabelBytes);
      auto faces = text ? parse(*text, shown(label)) : Result<Faces>(text.error());
      if (faces) {
        record.labelled = true;
        record.faces = std::move(*faces);
      } else {
        record.error = shown(faces.error().message);
      }
    }
    data.records.push_back(std::move(record));
  }

  std::error_code problem;
  fs::recursive_directory_iterator entry(label_folder,
                                         fs::directory_options::skip_permission_denied, problem);
  for (; !problem && entry != fs::recursive_directory_iterator(); entry.increment(problem)) {
    const fs::path below = entry->path().lexically_relative(label_folder);
    if (below.extension() == ".txt" && below.filename() != "classes.txt" &&
        !with_photo.contains(below)) {
      data.problems.push_back(shown(entry->path()) + ": no photo goes with this label file");
    }
  }
  if (problem) {
    data.problems.push_back(shown(label_folder) + ": " + problem.message());
  }
  return label_files;
}

void require_file(Record& record, const std::string& listed_in) {
  std::error_code problem;
  if (record.error.empty() && !fs::exists(record.file, problem)) {
    record.error = listed_in + ": there is no photo " + shown(record.file) +
                   (problem ? fmt::format(" ({})", problem.message()) : "");
  }
}

}  // namespace everyface::dataset
