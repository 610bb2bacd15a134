#include "everyface/dataset/dataset.h"

#include <algorithm>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>

#include "dataset/common.h"
#include "dataset/kinds.h"
#include "everyface/base/text.h"

namespace everyface {
namespace {

namespace fs = std::filesystem;

/// A kind with its reader and default border.
struct Kind {
  DatasetKind shown;
  Result<Dataset> (*read)(const fs::path& path);
  int pad_px;
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> kKinds = {
      {{"darkface", "Dark Face: night street frames with boxes",
        "image/ID.png and label/ID.txt: the number of faces, then \"x1 y1 x2 y2\" a line"},
       dataset::read_darkface,
       0},
      {{"wider", "WIDER FACE: boxes with blur, light, occlusion and pose; easy, medium, hard",
        "WIDER_val/images/EVENT/*.jpg and wider_face_val_bbx_gt.txt beside it or in "
        "wider_face_split/; wider_easy_val.mat, wider_medium_val.mat, wider_hard_val.mat (or .txt) "
        "there or in ground_truth/ give the subsets. Or image/, label/ in YOLO form and "
        "demographics.csv (image,perceived_gender,perceived_age,perceived_skin,face)"},
       dataset::read_wider,
       0},
      {{"yolo", "YOLO boxes",
        "images/ and labels/, image/ and label/, or photos and labels side by side; NAME.txt has "
        "\"class cx cy width height\" a line, as fractions of the photo's size"},
       dataset::read_yolo,
       0},
      {{"utkface", "UTKFace: one face a photo, by race, gender and age; no boxes, 60 px of border",
        "AGE_GENDER_RACE_TIME.jpg at any depth"},
       dataset::read_utkface,
       60},
      {{"lfw", "Labeled Faces in the Wild: one face a photo, with its person; no boxes",
        "PERSON/PERSON_0001.jpg at any depth"},
       dataset::read_lfw,
       0},
      {{"yaleb", "Extended Yale B: one face a photo, by the angle of the light; no boxes",
        "yaleB01_P00A+000E+20.pgm at any depth"},
       dataset::read_yaleb,
       0},
      {{"csv", "a table of your own: boxes, persons, groups",
        "the CSV file: column path, optional x1,y1,x2,y2 in pixels (a row a face; all four empty: "
        "no face, whatever the row's other columns hold), optional subject, every further column a "
        "group; without box columns each row is a face somewhere in the photo; paths are relative "
        "to the file's folder"},
       dataset::read_csv,
       0},
      {{"folder", "photos without labels: faces are counted, nothing is scored",
        "photos at any depth"},
       dataset::read_folder,
       0},
  };
  return kKinds;
}

/// Makes names valid UTF-8 and unique, and sorts by them.
void name_and_sort(std::vector<Record>& records) {
  // By file name first, so that which of two equal names gets a number does not depend on the disk.
  std::sort(records.begin(), records.end(), [](const Record& a, const Record& b) {
    return std::tie(a.name, a.file.native()) < std::tie(b.name, b.file.native());
  });
  std::set<std::string> names;
  for (Record& record : records) {
    const std::string name = to_valid_utf8(record.name);
    record.name = name;
    for (int copy = 2; !names.insert(record.name).second; ++copy) {
      record.name = name + " (" + std::to_string(copy) + ")";
    }
  }
  std::sort(records.begin(), records.end(),
            [](const Record& a, const Record& b) { return a.name < b.name; });
}

/// Leaves out the groups that no face carries.
void keep_used_groups(Dataset& data) {
  std::set<std::string> used;
  for (const Record& record : data.records) {
    for (const LabelledFace& face : record.faces) {
      for (const auto& [name, value] : face.groups) {
        used.insert(name);
      }
    }
  }
  std::erase_if(data.group_names, [&](const std::string& name) { return !used.contains(name); });
}

}  // namespace

const std::vector<DatasetKind>& dataset_kinds() {
  static const std::vector<DatasetKind> kShown = [] {
    std::vector<DatasetKind> all;
    for (const Kind& kind : kinds()) {
      all.push_back(kind.shown);
    }
    return all;
  }();
  return kShown;
}

Result<Dataset> open_dataset(std::string_view kind, const fs::path& path,
                             const DatasetOptions& options) {
  const auto found = std::find_if(kinds().begin(), kinds().end(),
                                  [&](const Kind& known) { return known.shown.name == kind; });
  if (found == kinds().end()) {
    std::vector<std::string> names;
    for (const Kind& known : kinds()) {
      names.push_back(known.shown.name);
    }
    const std::string near = nearest(kind, names);
    return Error{"unknown kind of data set \"" + dataset::shown(kind) + "\"" +
                 (near.empty() ? "" : "; did you mean " + near + "?") +
                 " The kinds are: " + join(names, ", ")};
  }
  if (options.pad_px < -1) {
    return Error{"a border of " + std::to_string(options.pad_px) +
                 " pixels: give 0 or more, or -1 for the kind's default"};
  }
  std::error_code problem;
  const fs::file_status status = fs::status(path, problem);
  if (!fs::exists(status)) {
    const bool missing = status.type() == fs::file_type::not_found;
    return Error{dataset::shown(path) + ": " +
                 (missing ? "no such file or folder" : problem.message())};
  }
  const bool wants_file = found->read == dataset::read_csv;
  if (wants_file == fs::is_directory(status)) {
    return Error{dataset::shown(path) +
                 (wants_file ? " is a folder; the kind csv needs the CSV file itself"
                             : " is a file; the kind " + found->shown.name + " needs a folder")};
  }
  // "folder/" and "folder" are the same root.
  auto data = found->read(path.has_filename() ? path : path.parent_path());
  if (!data) {
    return data;
  }
  data->kind = found->shown.name;
  data->pad_px = options.pad_px < 0 ? found->pad_px : options.pad_px;
  for (Record& record : data->records) {
    if (!record.error.empty()) {
      record.labelled = false;
      record.faces.clear();
    }
  }
  keep_used_groups(*data);
  name_and_sort(data->records);
  return data;
}

std::vector<LabelledFace> to_pixels(const Record& record, int width, int height) {
  std::vector<LabelledFace> faces = record.faces;
  if (record.normalised_boxes) {
    for (LabelledFace& face : faces) {
      if (face.box) {
        face.box = Box{face.box->x1 * width, face.box->y1 * height, face.box->x2 * width,
                       face.box->y2 * height};
      }
    }
  }
  return faces;
}

}  // namespace everyface
