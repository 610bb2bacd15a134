// Labels that file names carry. A name is a path below the data set's root, with forward slashes.
#pragma once

#include <filesystem>
#include <string_view>

#include "dataset/common.h"

namespace everyface::dataset {

/// UTKFace: "age_gender_race_time.jpg.chip.jpg"; blanks around the parts are allowed. Groups
/// "race", "gender" and "age" as open_dataset() documents them. Error (without the file): which
/// part is missing or wrong.
Result<LabelledFace> parse_utkface_name(std::string_view name);

/// LFW: "…/<person>/<person>_0001.jpg"; the subject is the person.
Result<LabelledFace> parse_lfw_name(std::string_view name);

/// Extended Yale B: "yaleB01_P00A+000E+20.pgm" or "yaleB01_P00_Ambient.pgm"; subject "yaleB01",
/// group "light".
Result<LabelledFace> parse_yaleb_name(std::string_view name);

/// Reads photos below `root` whose names are their labels. A name that does not parse is its
/// record's error; Error: `form` describes the names expected, and not one is of it.
Result<Dataset> read_named_photos(const std::filesystem::path& root, std::string_view form,
                                  Result<LabelledFace> (*parse)(std::string_view));

}  // namespace everyface::dataset
