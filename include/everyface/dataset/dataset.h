// Data sets: whatever the format on disk, one record a photo.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/box.h"
#include "everyface/base/result.h"

namespace everyface {

/// Group values of one face, e.g. {"race": "Black", "gender": "female"}.
using Groups = std::map<std::string, std::string>;

/// What the labels say of one face.
struct LabelledFace {
  std::optional<Box> box;  ///< in pixels of the upright photo; none: the face is somewhere
  bool ignored = false;    ///< neither finding nor missing it counts
  Groups groups;
  std::optional<std::string> subject;  ///< identity, where known
  /// WIDER FACE subsets that the face belongs to ("easy", "medium", "hard"); empty: not given.
  std::vector<std::string> subsets;
};

/// One photo of a data set.
struct Record {
  std::string name;  ///< path below the data set's root, forward slashes; unique
  std::filesystem::path file;
  bool labelled = false;          ///< false: nothing is known about the faces in it
  bool normalised_boxes = false;  ///< boxes are fractions of the photo's size (YOLO) until
                                  ///< to_pixels() is given that size
  std::vector<LabelledFace> faces;
  std::string error;  ///< not empty: the labels are malformed; the photo is left out
};

struct Dataset {
  std::string kind;  ///< "darkface", "wider", …
  std::filesystem::path root;
  std::vector<Record> records;        ///< sorted by name
  std::vector<std::string> problems;  ///< files that fit nowhere: one line each
  /// Group columns that faces carry, in order of the kind's documentation.
  std::vector<std::string> group_names;
  int pad_px = 0;  ///< replicated border to add to each photo before anything else
};

/// What a kind is, for help.
struct DatasetKind {
  std::string name;
  std::string summary;
  std::string layout;  ///< the files expected
};
const std::vector<DatasetKind>& dataset_kinds();

struct DatasetOptions {
  /// Border added around each photo, replicated from its edge; -1: the kind's default (60 for
  /// utkface, whose crops are tight, else 0).
  int pad_px = -1;
};

/// Reads the labels (never the pixels) of a data set. Errors: unknown kind (with the nearest),
/// path missing or not of the kind's layout, no photo. A malformed label is an error of its record,
/// naming file and line, and the rest is read; records with an error carry no faces.
///
/// What the kinds make of what they find (dataset_kinds() has the layouts):
/// - darkface, yolo: a photo without a label file is unlabelled; an empty YOLO file, or a Dark Face
///   count of 0, says that there is no face. YOLO's boxes are normalised, its classes and further
///   columns ignored.
/// - wider: invalid faces and boxes without size are ignored; groups "blur" (clear, normal, heavy),
///   "expression" (typical, exaggerate), "illumination" (normal, extreme), "occlusion" (none,
///   partial, heavy) and "pose" (typical, atypical). A photo that the list lacks is unlabelled. The
///   sample in YOLO form has the groups "gender", "age" and "skin" of demographics.csv as written
///   there; faces that it lacks have none.
/// - utkface: one face without box; groups "race" (White, Black, Asian, Indian, Others), "gender"
///   (male, female) and "age" (0-2, 3-9, 10-19, 20-29, … 60-69, 70+).
/// - lfw: one face without box; the subject is the person.
/// - yaleb: one face without box; the subject is "yaleB01" to "yaleB39", group "light" the angle
///   between light and camera in the five standard bands, in degrees: 0-12, 13-25, 26-50, 51-77,
///   78+; "ambient" where no lamp was on.
/// - csv: UTF-8, comma-separated (RFC 4180), a header with "path", optionally x1,y1,x2,y2 and
///   "subject"; every further column is a group. Blanks around values are dropped, a group or
///   subject left empty is not known. Rows of the same path are one photo's:
///     with box columns     four numbers: a face. All four empty: the photo has no face, whatever
///                          the row's subject and groups hold (they describe none and are
///                          ignored), and this is its only row; another is an error of the photo
///     without box columns  each row is a face somewhere in the photo
///     only "path"          the photos are unlabelled
///   Paths are relative to the CSV's folder; absolute ones and ones that leave it are taken, and
///   named, as written. A row without path is a problem line.
/// - folder: every photo is unlabelled.
Result<Dataset> open_dataset(std::string_view kind, const std::filesystem::path& path,
                             const DatasetOptions& options = {});

/// The faces of a record with boxes in pixels of a photo of that size (before padding).
std::vector<LabelledFace> to_pixels(const Record& record, int width, int height);

}  // namespace everyface
