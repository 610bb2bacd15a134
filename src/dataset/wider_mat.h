// The ground truth of WIDER FACE's evaluation, as MATLAB files.
#pragma once

#include <filesystem>
#include <vector>

#include "dataset/wider_list.h"
#include "everyface/base/result.h"

namespace everyface::dataset {

/// wider_easy_val.mat and its kin (MATLAB 5, compressed or not): event_list{e} is an event's name,
/// file_list{e}{i} a photo's name without extension, gt_list{e}{i} the rows, from 1, of the faces
/// that belong to the subset, and face_bbx_list{e}{i} (may be missing) the boxes of all faces, of
/// which only the number is taken. A photo whose entry is malformed has an error in its selection.
/// Errors name the file: not readable, larger than kMaxListBytes, not a MATLAB file, a variable
/// missing or of another nesting.
Result<std::vector<WiderSelection>> read_wider_mat(const std::filesystem::path& file);

}  // namespace everyface::dataset
