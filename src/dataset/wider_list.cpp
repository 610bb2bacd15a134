#include "dataset/wider_list.h"

#include <array>
#include <cmath>
#include <functional>
#include <utility>

#include "everyface/base/text.h"

namespace everyface::dataset {
namespace {

/// An attribute of a face, by its place on the line; `values` are the names of 0, 1, 2.
struct Attribute {
  std::size_t place;
  const char* name;
  std::vector<const char*> values;
};

const std::vector<Attribute>& attributes() {
  static const std::vector<Attribute> kAttributes = {
      {4, "blur", {"clear", "normal", "heavy"}},  {5, "expression", {"typical", "exaggerate"}},
      {6, "illumination", {"normal", "extreme"}}, {8, "occlusion", {"none", "partial", "heavy"}},
      {9, "pose", {"typical", "atypical"}},
  };
  return kAttributes;
}

constexpr std::size_t kInvalidPlace = 7;

Result<LabelledFace> parse_face(std::string_view line) {
  const auto numbers = numbers_of(line);
  if (!numbers) {
    return numbers.error();
  }
  if (numbers->size() != 10 && numbers->size() != 4) {
    return Error{std::to_string(numbers->size()) +
                 " values, not the ten of \"x y width height blur expression illumination invalid "
                 "occlusion pose\""};
  }
  for (std::size_t i = 0; i < 4; ++i) {
    if (std::abs((*numbers)[i]) > kMaxPixel) {
      return Error{shortest_number((*numbers)[i]) + " is no position in a photo"};
    }
  }
  const double x = (*numbers)[0];
  const double y = (*numbers)[1];
  LabelledFace face;
  face.box = Box{x, y, x + (*numbers)[2], y + (*numbers)[3]};
  face.ignored = (*numbers)[2] <= 0 || (*numbers)[3] <= 0;
  if (numbers->size() == 4) {
    return face;
  }
  const double invalid = (*numbers)[kInvalidPlace];
  if (invalid != 0 && invalid != 1) {
    return Error{"invalid is " + shortest_number(invalid) + ", not 0 or 1"};
  }
  face.ignored = face.ignored || invalid == 1;
  for (const Attribute& attribute : attributes()) {
    const double code = (*numbers)[attribute.place];
    if (code < 0 || code >= static_cast<double>(attribute.values.size()) ||
        code != std::trunc(code)) {
      return Error{std::string(attribute.name) + " is " + shortest_number(code) + ", not 0 to " +
                   std::to_string(attribute.values.size() - 1)};
    }
    face.groups[attribute.name] = attribute.values[static_cast<std::size_t>(code)];
  }
  return face;
}

/// Names of photos, each with a count and that many lines.
class Blocks {
 public:
  Blocks(std::string_view text, const std::string& file) : lines_(lines_of(text)), file_(file) {}

  [[nodiscard]] bool at_end() const { return next_ == lines_.size(); }

  /// Takes a photo's name and count, and the lines after it through `take_line`, which returns an
  /// error to refuse one. The photo's name and line go to `photo` and `number`. Returns the error
  /// of the block, empty where it is well formed. `zeros` allows a line of zeros after a count 0.
  std::string block(std::string& photo, std::size_t& number, bool zeros,
                    const std::function<Result<void>(std::string_view)>& take_line) {
    photo = lines_[next_].text;
    number = lines_[next_].number;
    const bool named = is_name(lines_[next_]);
    ++next_;
    std::string error = named ? lines(zeros, take_line)
                              : at_line(file_, number,
                                        in_quotes(photo) +
                                            " where a photo's name should "
                                            "stand")
                                    .message;
    while (!at_end() && !is_name(lines_[next_])) {
      if (error.empty()) {
        error = at_line(file_, lines_[next_].number, "a line more than the count says").message;
      }
      ++next_;
    }
    return error;
  }

 private:
  static bool is_name(const Line& line) {
    return has_photo_extension(std::filesystem::path(line.text));
  }

  std::string lines(bool zeros, const std::function<Result<void>(std::string_view)>& take_line) {
    if (at_end() || is_name(lines_[next_])) {
      return at_line(file_, lines_[next_ - 1].number, "no count follows the photo's name").message;
    }
    const Line counted = lines_[next_++];
    const std::optional<double> count = parse_number(counted.text);
    if (!count || *count < 0 || *count != std::trunc(*count)) {
      return at_line(file_, counted.number, in_quotes(counted.text) + " is not a number of faces")
          .message;
    }
    if (*count == 0 && zeros && !at_end() && all_zero(lines_[next_].text)) {
      ++next_;
      return {};
    }
    for (std::size_t taken = 0; static_cast<double>(taken) < *count; ++taken, ++next_) {
      if (at_end() || is_name(lines_[next_])) {
        return at_line(file_, counted.number,
                       "the count says " + shortest_number(*count) + " faces, but " +
                           shortest_number(static_cast<double>(taken)) + " lines follow")
            .message;
      }
      if (auto good = take_line(lines_[next_].text); !good) {
        return at_line(file_, lines_[next_].number, good.error().message).message;
      }
    }
    return {};
  }

  static bool all_zero(std::string_view line) {
    return line.find_first_not_of("0 \t") == std::string_view::npos;
  }

  std::vector<Line> lines_;
  const std::string& file_;
  std::size_t next_ = 0;
};

}  // namespace

const std::vector<std::string>& wider_groups() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const Attribute& attribute : attributes()) {
      names.emplace_back(attribute.name);
    }
    return names;
  }();
  return kNames;
}

std::vector<WiderEntry> parse_wider_list(std::string_view text, const std::string& file) {
  std::vector<WiderEntry> entries;
  for (Blocks blocks(text, file); !blocks.at_end();) {
    WiderEntry& entry = entries.emplace_back();
    entry.error = blocks.block(entry.photo, entry.line, true, [&](std::string_view line) {
      auto face = parse_face(line);
      if (!face) {
        return Result<void>(face.error());
      }
      entry.faces.push_back(std::move(*face));
      return Result<void>();
    });
  }
  return entries;
}

std::vector<WiderSelection> parse_wider_subset(std::string_view text, const std::string& file) {
  std::vector<WiderSelection> selections;
  for (Blocks blocks(text, file); !blocks.at_end();) {
    WiderSelection& selection = selections.emplace_back();
    selection.listed_faces = WiderSelection::kUnknown;
    std::size_t number = 0;
    selection.error = blocks.block(selection.photo, number, false, [&](std::string_view line) {
      const std::optional<int> row = parse_int(line);
      if (!row || *row < 1) {
        return Result<void>(Error{in_quotes(line) + " is not a row of faces, from 1"});
      }
      selection.faces.push_back(static_cast<std::size_t>(*row) - 1);
      return Result<void>();
    });
  }
  return selections;
}

}  // namespace everyface::dataset
