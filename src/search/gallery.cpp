#include "everyface/search/gallery.h"

#include <algorithm>
#include <utility>

#include "everyface/base/text.h"
#include "search/gallery_list.h"

namespace everyface {
namespace {

namespace fs = std::filesystem;

std::optional<std::size_t> position(const std::vector<std::string>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? std::nullopt
                              : std::optional(static_cast<std::size_t>(found - names.begin()));
}

}  // namespace

Result<Gallery> Gallery::open(const fs::path& folder) {
  // An enrolment may replace the list, and remove segments that the old one names, between our
  // reading it and our opening them: the new list has others.
  constexpr int kAttempts = 3;
  auto gallery = open_once(folder);
  for (int attempt = 1; attempt < kAttempts && !gallery; ++attempt) {
    gallery = open_once(folder);
  }
  return gallery;
}

Result<Gallery> Gallery::open_once(const fs::path& folder) {
  const auto listed = search::read_gallery_list(folder);
  if (!listed) {
    return listed.error();
  }
  Gallery gallery;
  for (const search::ListedSegment& segment : *listed) {
    const fs::path path = folder / segment.file;
    auto file = TemplateFile::open(path);
    if (!file) {
      return file.error();
    }
    if (file->size() != segment.count) {
      return Error{path.string() + ": damaged: it has " + std::to_string(file->size()) +
                   " templates where " + search::kGalleryList + " says " +
                   std::to_string(segment.count)};
    }
    if (const auto added = gallery.add(*std::move(file), path); !added) {
      return added.error();
    }
  }
  return gallery;
}

Result<void> Gallery::add(TemplateFile file, const fs::path& path) {
  if (segments_.empty()) {
    info_ = file.info();
  } else if (const auto comparable = check_comparable(info_, file.info()); !comparable) {
    return Error{path.string() + ": " + comparable.error().message};
  }
  if (info_.detector != file.info().detector) {
    info_.detector.clear();
  }
  for (const std::string& column : file.info().columns) {
    if (!position(info_.columns, column)) {
      info_.columns.push_back(column);
    }
  }
  ends_.push_back(size() + file.size());
  segments_.push_back({std::move(file), {}});
  for (Segment& segment : segments_) {
    segment.columns.clear();
    for (const std::string& column : info_.columns) {
      segment.columns.push_back(position(segment.file.info().columns, column));
    }
  }
  return {};
}

std::vector<std::span<const float>> Gallery::parts() const {
  std::vector<std::span<const float>> parts;
  for (const Segment& segment : segments_) {
    parts.push_back(segment.file.rows());
  }
  return parts;
}

std::pair<const Gallery::Segment*, std::size_t> Gallery::locate(std::size_t row) const {
  const auto index =
      static_cast<std::size_t>(std::upper_bound(ends_.begin(), ends_.end(), row) - ends_.begin());
  return {&segments_[index], row - (index == 0 ? 0 : ends_[index - 1])};
}

std::span<const float> Gallery::row(std::size_t index) const {
  const auto [segment, row] = locate(index);
  return segment->file.row(row);
}

std::string_view Gallery::value(std::size_t column, std::size_t row) const {
  const auto [segment, index] = locate(row);
  const auto in_file = segment->columns[column];
  return in_file ? segment->file.value(*in_file, index) : std::string_view();
}

Result<RowSet> Gallery::where(const std::vector<std::string>& conditions) const {
  std::vector<std::pair<std::size_t, std::string_view>> wanted;
  for (const std::string& condition : conditions) {
    const std::size_t equals = condition.find('=');
    if (equals == std::string::npos) {
      return Error{"the condition \"" + condition + "\" is not of the form column=value"};
    }
    const std::string name = condition.substr(0, equals);
    const auto column = position(info_.columns, name);
    if (!column) {
      const std::string near = nearest(name, info_.columns);
      return Error{"the gallery has no column \"" + name + "\"" +
                   (near.empty() ? "" : ", did you mean " + near + "?") + "; it has " +
                   join(info_.columns, ", ")};
    }
    wanted.emplace_back(*column, std::string_view(condition).substr(equals + 1));
  }
  RowSet rows(size());
  for (std::size_t row = 0; row < size(); ++row) {
    if (std::all_of(wanted.begin(), wanted.end(), [&](const auto& condition) {
          return value(condition.first, row) == condition.second;
        })) {
      rows.insert(row);
    }
  }
  return rows;
}

}  // namespace everyface
