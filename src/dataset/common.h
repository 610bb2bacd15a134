// What the readers of all kinds share: walking to photos, lines of text, messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/dataset/dataset.h"
#include "everyface/image/photo.h"

namespace everyface::dataset {

/// Limit on a label file of one photo.
constexpr std::uint64_t kMaxLabelBytes = std::uint64_t{4} << 20U;
/// Limit on a list that describes a whole data set.
constexpr std::uint64_t kMaxListBytes = std::uint64_t{256} << 20U;
/// Pixel positions beyond this (either sign) are mistakes; it keeps areas far from overflow.
constexpr double kMaxPixel = 1e7;

/// Faces of one photo as a label file has them.
using Faces = std::vector<LabelledFace>;

/// A path or a piece of a file as messages may hold it: valid UTF-8 on one line, at most 2,000
/// bytes.
std::string shown(std::string_view text);
std::string shown(const std::string& text);
std::string shown(const std::filesystem::path& path);

/// A piece of a file in double quotes, as messages may hold it.
std::string in_quotes(std::string_view text);

/// "FILE line N: what".
Error at_line(std::string_view file, std::size_t line, std::string_view what);

/// A line that is not blank, without blanks at its ends; `number` counts from 1.
struct Line {
  std::size_t number = 0;
  std::string_view text;
};

/// The lines of a text that are not blank. A UTF-8 byte order mark and the CR of CRLF are dropped.
/// The views live as long as `text`.
std::vector<Line> lines_of(std::string_view text);

/// The numbers of a line, separated by blanks or tabs. Error (without file and line): the part that
/// is not a number.
Result<std::vector<double>> numbers_of(std::string_view line);

/// The photos below a folder, at any depth; what cannot be followed goes to `problems`. Error: not
/// a folder, or no photo in it.
Result<std::vector<FoundPhoto>> photos_below(const std::filesystem::path& folder,
                                             std::vector<std::string>& problems);

/// An unlabelled record of a photo found below root/prefix; `prefix` is empty or ends in "/".
Record record_of(const FoundPhoto& photo, std::string_view prefix);

/// A face that is known to be in the photo, somewhere.
LabelledFace face_without_box(Groups groups, std::optional<std::string> subject);

/// Reads the text of one photo's label file; `file` is for messages.
using LabelParser = Result<Faces> (*)(std::string_view text, const std::string& file);

/// Reads photos below root/photos and, for each, the label file of the same name with extension
/// .txt below root/labels; a photo without one is unlabelled. Both folders are "" or end in "/".
/// Label files without a photo become problems (but for YOLO's list of classes, classes.txt).
/// Returns how many label files were found, malformed ones included.
Result<std::size_t> read_photo_labels(Dataset& data, const std::string& photos,
                                      const std::string& labels, LabelParser parse);

/// Gives every record of a file that is not there an error which says where it was listed.
void require_file(Record& record, const std::string& listed_in);

}  // namespace everyface::dataset
