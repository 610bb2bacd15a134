#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "dataset/box_labels.h"
#include "dataset/demographics.h"
#include "dataset/kinds.h"
#include "dataset/wider_list.h"
#include "dataset/wider_mat.h"
#include "everyface/base/file.h"

namespace everyface::dataset {
namespace {

namespace fs = std::filesystem;

constexpr std::array kSubsets = {"easy", "medium", "hard"};

/// Records by a name, with or without the extension of a photo.
class Index {
 public:
  void add(const std::string& name, std::size_t record) {
    records_.emplace(name, record);
    records_.emplace(without_extension(name), record);
  }
  [[nodiscard]] std::optional<std::size_t> find(const std::string& name) const {
    const auto found = records_.find(name);
    return found == records_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  static std::string without_extension(const std::string& name) {
    return fs::path(name).replace_extension().native();
  }
  std::map<std::string, std::size_t> records_;
};

/// The first of root/, root/wider_face_split/, … that holds the file.
std::optional<fs::path> find_file(const fs::path& root, const std::string& name) {
  for (const char* folder : {"", "wider_face_split", "ground_truth", "eval_tools/ground_truth"}) {
    std::error_code problem;
    if (const fs::path file = root / folder / name;
        fs::symlink_status(file, problem).type() != fs::file_type::not_found) {
      return file;
    }
  }
  return std::nullopt;
}

/// Whether a listed name stays below the folder of photos.
bool stays_below(const fs::path& name) {
  return name.is_relative() && std::find(name.begin(), name.end(), "..") == name.end();
}

void set_error(Record& record, std::string error) {
  if (record.error.empty()) {
    record.error = std::move(error);
  }
}

/// Marks the faces of one subset.
void apply_subset(Dataset& data, const Index& index, const std::vector<WiderSelection>& selections,
                  const std::string& subset, const std::string& file) {
  for (const WiderSelection& selection : selections) {
    const auto found = index.find(selection.photo);
    if (!found) {
      data.problems.push_back(selection.error.empty()
                                  ? file + ": the list of photos lacks " + shown(selection.photo)
                                  : selection.error);
      continue;
    }
    Record& record = data.records[*found];
    const std::size_t count = record.faces.size();
    if (!selection.error.empty()) {
      set_error(record, selection.error);
    } else if (selection.listed_faces != WiderSelection::kUnknown &&
               selection.listed_faces != count) {
      set_error(record, file + ": " + std::to_string(selection.listed_faces) + " faces in " +
                            shown(selection.photo) + ", but the list has " + std::to_string(count));
    } else {
      for (const std::size_t face : selection.faces) {
        if (face >= count) {
          set_error(record, file + ": face " + std::to_string(face + 1) + " of " +
                                shown(selection.photo) + ", which has " + std::to_string(count));
          break;
        }
        auto& subsets = record.faces[face].subsets;
        if (subsets.empty() || subsets.back() != subset) {
          subsets.push_back(subset);
        }
      }
    }
  }
}

Result<void> read_subsets(Dataset& data, const Index& index) {
  for (const std::string subset : kSubsets) {
    const std::string stem = "wider_" + subset + "_val";
    if (const auto mat = find_file(data.root, stem + ".mat")) {
      const auto selections = read_wider_mat(*mat);
      if (!selections) {
        return selections.error();
      }
      apply_subset(data, index, *selections, subset, shown(*mat));
    } else if (const auto list = find_file(data.root, stem + ".txt")) {
      const auto text = read_file(*list, kMaxListBytes);
      if (!text) {
        return Error{shown(text.error().message)};
      }
      apply_subset(data, index, parse_wider_subset(*text, shown(*list)), subset, shown(*list));
    }
  }
  return {};
}

Result<Dataset> read_official(const fs::path& root, const fs::path& list) {
  Dataset data;
  data.root = root;
  data.group_names = wider_groups();
  const auto text = read_file(list, kMaxListBytes);
  if (!text) {
    return Error{shown(text.error().message)};
  }
  const std::string prefix = "WIDER_val/images/";
  auto photos = photos_below(root / prefix, data.problems);
  if (!photos) {
    return photos.error();
  }
  Index index;
  for (const FoundPhoto& photo : *photos) {
    index.add(photo.name, data.records.size());
    data.records.push_back(record_of(photo, prefix));
  }
  std::set<std::size_t> listed;
  for (WiderEntry& entry : parse_wider_list(*text, shown(list))) {
    auto found = index.find(entry.photo);
    if (!found) {
      if (!stays_below(entry.photo) || !has_photo_extension(entry.photo)) {
        data.problems.push_back(
            entry.error.empty()
                ? at_line(shown(list), entry.line, in_quotes(entry.photo) + " is no photo's name")
                      .message
                : entry.error);
        continue;
      }
      found = data.records.size();
      index.add(entry.photo, *found);
      Record& record = data.records.emplace_back();
      record.name = prefix + entry.photo;
      record.file = root / prefix / entry.photo;
      require_file(record, shown(list) + " line " + std::to_string(entry.line));
    }
    Record& record = data.records[*found];
    if (!entry.error.empty()) {
      set_error(record, std::move(entry.error));
    } else if (!listed.insert(*found).second) {
      set_error(record, at_line(shown(list), entry.line, "the photo is listed twice").message);
    }
    record.labelled = true;
    record.faces = std::move(entry.faces);
  }
  if (auto read = read_subsets(data, index); !read) {
    return read.error();
  }
  return data;
}

/// Gives faces the groups of demographics.csv.
Result<void> read_demographics(Dataset& data, const fs::path& file,
                               const std::string& photo_folder) {
  const auto text = read_file(file, kMaxListBytes);
  if (!text) {
    return Error{shown(text.error().message)};
  }
  const auto all = parse_demographics(*text, shown(file));
  if (!all) {
    return all.error();
  }
  Index index;
  for (std::size_t i = 0; i < data.records.size(); ++i) {
    index.add(data.records[i].name.substr(photo_folder.size()), i);
  }
  for (const Demographics& one : *all) {
    const auto found = index.find(one.image);
    if (!found) {
      data.problems.push_back(
          one.error.empty()
              ? at_line(shown(file), one.line, "there is no photo \"" + shown(one.image) + "\"")
                    .message
              : one.error);
      continue;
    }
    Record& record = data.records[*found];
    if (!one.error.empty()) {
      set_error(record, one.error);
    } else if (one.face >= record.faces.size()) {
      set_error(record, at_line(shown(file), one.line,
                                "face " + std::to_string(one.face) + ", counted from 0, of " +
                                    std::to_string(record.faces.size()) + " in the label file")
                            .message);
    } else if (!record.faces[one.face].groups.empty()) {
      set_error(record, at_line(shown(file), one.line,
                                "face " + std::to_string(one.face) + " is described twice")
                            .message);
    } else {
      record.faces[one.face].groups = one.groups;
    }
  }
  data.group_names = demographic_groups();
  return {};
}

Result<Dataset> read_sample(const fs::path& root) {
  Dataset data;
  data.root = root;
  const auto labels = read_photo_labels(data, "image/", "label/", parse_yolo_label);
  if (!labels) {
    return labels.error();
  }
  for (Record& record : data.records) {
    record.normalised_boxes = true;
  }
  const fs::path demographics = root / "demographics.csv";
  std::error_code problem;
  if (fs::symlink_status(demographics, problem).type() != fs::file_type::not_found) {
    if (auto read = read_demographics(data, demographics, "image/"); !read) {
      return read.error();
    }
  }
  return data;
}

}  // namespace

Result<Dataset> read_wider(const fs::path& root) {
  std::error_code problem;
  if (fs::is_directory(root / "WIDER_val" / "images", problem)) {
    if (const auto list = find_file(root, "wider_face_val_bbx_gt.txt")) {
      return read_official(root, *list);
    }
    return Error{shown(root) +
                 ": wider_face_val_bbx_gt.txt is neither there nor in wider_face_split/"};
  }
  if (fs::is_directory(root / "image", problem) && fs::is_directory(root / "label", problem)) {
    return read_sample(root);
  }
  return Error{shown(root) +
               ": not laid out as wider, which has WIDER_val/images/ and "
               "wider_face_val_bbx_gt.txt, or image/ and label/"};
}

}  // namespace everyface::dataset
