// The perceived demographics that the sample of WIDER FACE comes with, as text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/common.h"

namespace everyface::dataset {

/// What is perceived of one face.
struct Demographics {
  std::size_t line = 0;  ///< in the file
  std::string image;     ///< name of the photo, with or without extension
  std::size_t face = 0;  ///< row of the photo's label file, from 0
  Groups groups;         ///< "gender", "age", "skin", as written; empty values are left out
  std::string error;     ///< not empty: malformed; names file and line
};

/// CSV with the columns image and face and at least one of perceived_gender, perceived_age and
/// perceived_skin. Errors: a column missing, a quote that never closes.
Result<std::vector<Demographics>> parse_demographics(std::string_view text,
                                                     const std::string& file);

/// The groups of parse_demographics(), in order.
const std::vector<std::string>& demographic_groups();

}  // namespace everyface::dataset
