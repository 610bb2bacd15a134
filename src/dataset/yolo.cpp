#include <array>
#include <system_error>
#include <utility>

#include "dataset/box_labels.h"
#include "dataset/kinds.h"
#include "everyface/base/text.h"

namespace everyface::dataset {
namespace {

constexpr double kTolerance = 0.01;

Result<LabelledFace> parse_line(std::string_view line) {
  const std::vector<std::string_view> parts = split_blanks(line);
  if (parts.size() < 5) {
    return Error{std::to_string(parts.size()) + " values, not the five of \"class cx cy w h\""};
  }
  const std::optional<int> category = parse_int(parts[0]);
  if (!category || *category < 0) {
    return Error{"the class \"" + shown(parts[0]) + "\" is not a whole number from 0"};
  }
  std::array<double, 4> values{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::optional<double> value = parse_number(parts[i + 1]);
    if (!value) {
      return Error{in_quotes(parts[i + 1]) + " is not a number"};
    }
    if (*value < -kTolerance || *value > 1 + kTolerance) {
      return Error{shown(parts[i + 1]) +
                   " is outside 0..1; positions and sizes are fractions of the photo's size"};
    }
    values[i] = *value;
  }
  const auto [cx, cy, width, height] = values;
  if (width <= 0 || height <= 0) {
    return Error{"the box has no positive width and height"};
  }
  LabelledFace face;
  face.box = Box{cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2};
  return face;
}

}  // namespace

Result<Faces> parse_yolo_label(std::string_view text, const std::string& file) {
  Faces faces;
  for (const Line& line : lines_of(text)) {
    auto face = parse_line(line.text);
    if (!face) {
      return at_line(file, line.number, face.error().message);
    }
    faces.push_back(std::move(*face));
  }
  return faces;
}

Result<Dataset> read_yolo(const std::filesystem::path& root) {
  Dataset data;
  data.root = root;
  std::pair<std::string, std::string> folders;  // both empty: flat
  std::error_code problem;
  for (const auto& [photos, labels] :
       {std::pair("images/", "labels/"), std::pair("image/", "label/")}) {
    if (std::filesystem::is_directory(root / photos, problem) &&
        std::filesystem::is_directory(root / labels, problem)) {
      folders = {photos, labels};
      break;
    }
  }
  const auto labels = read_photo_labels(data, folders.first, folders.second, parse_yolo_label);
  if (!labels) {
    return labels.error();
  }
  if (*labels == 0) {
    return Error{shown(root) +
                 ": not laid out as yolo: no photo has a label file (for photos without labels "
                 "use the kind folder)"};
  }
  for (Record& record : data.records) {
    record.normalised_boxes = true;
  }
  return data;
}

}  // namespace everyface::dataset
