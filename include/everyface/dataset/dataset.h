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
/// path missing or not of the kind's layout. A malformed label file is an error of its record,
/// naming file and line, and the rest is read.
Result<Dataset> open_dataset(std::string_view kind, const std::filesystem::path& path,
                             const DatasetOptions& options = {});

/// The faces of a record with boxes in pixels of a photo of that size (before padding).
std::vector<LabelledFace> to_pixels(const Record& record, int width, int height);

}  // namespace everyface
