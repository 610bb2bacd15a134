#include "dataset/common.h"
#include "dataset/kinds.h"

namespace everyface::dataset {

Result<Dataset> read_folder(const std::filesystem::path& root) {
  Dataset data;
  data.root = root;
  auto photos = photos_below(root, data.problems);
  if (!photos) {
    return photos.error();
  }
  for (const FoundPhoto& photo : *photos) {
    data.records.push_back(record_of(photo, ""));
  }
  return data;
}

}  // namespace everyface::dataset
