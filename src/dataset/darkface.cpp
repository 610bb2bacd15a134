#include <cmath>
#include <system_error>

#include "dataset/box_labels.h"
#include "dataset/kinds.h"
#include "everyface/base/text.h"

namespace everyface::dataset {
namespace {

Result<LabelledFace> parse_box(std::string_view line) {
  const auto numbers = numbers_of(line);
  if (!numbers) {
    return numbers.error();
  }
  if (numbers->size() != 4) {
    return Error{std::to_string(numbers->size()) + " values, not the four of \"x1 y1 x2 y2\""};
  }
  for (const double value : *numbers) {
    if (value < -kMaxPixel || value > kMaxPixel) {
      return Error{shortest_number(value) + " is no position in a photo"};
    }
  }
  const Box box{(*numbers)[0], (*numbers)[1], (*numbers)[2], (*numbers)[3]};
  if (box.width() <= 0 || box.height() <= 0) {
    return Error{"the box has no positive width and height"};
  }
  LabelledFace face;
  face.box = box;
  return face;
}

}  // namespace

Result<Faces> parse_darkface_label(std::string_view text, const std::string& file) {
  const std::vector<Line> lines = lines_of(text);
  if (lines.empty()) {
    return at_line(file, 1, "empty, where the number of faces should stand");
  }
  const std::optional<double> count = parse_number(lines.front().text);
  if (!count || *count < 0 || *count != std::trunc(*count)) {
    return at_line(file, lines.front().number,
                   in_quotes(lines.front().text) + " is not a number of faces");
  }
  Faces faces;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    auto face = parse_box(lines[i].text);
    if (!face) {
      return at_line(file, lines[i].number, face.error().message);
    }
    faces.push_back(std::move(*face));
  }
  if (*count != static_cast<double>(faces.size())) {
    return at_line(file, lines.front().number,
                   "the count says " + shortest_number(*count) + " faces, but " +
                       std::to_string(faces.size()) + " lines follow");
  }
  return faces;
}

Result<Dataset> read_darkface(const std::filesystem::path& root) {
  Dataset data;
  data.root = root;
  std::error_code problem;
  if (!std::filesystem::is_directory(root / "image", problem)) {
    return Error{shown(root) + ": not laid out as darkface, which has folders image/ and label/"};
  }
  if (!std::filesystem::is_directory(root / "label", problem)) {
    auto photos = photos_below(root / "image", data.problems);
    if (!photos) {
      return photos.error();
    }
    for (const FoundPhoto& photo : *photos) {
      data.records.push_back(record_of(photo, "image/"));
    }
    data.problems.push_back(shown(root / "label") + ": no such folder, so no photo is labelled");
    return data;
  }
  if (auto read = read_photo_labels(data, "image/", "label/", parse_darkface_label); !read) {
    return read.error();
  }
  return data;
}

}  // namespace everyface::dataset
