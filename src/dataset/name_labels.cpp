#include "dataset/name_labels.h"

#include <utility>

namespace everyface::dataset {

Result<Dataset> read_named_photos(const std::filesystem::path& root, std::string_view form,
                                  Result<LabelledFace> (*parse)(std::string_view)) {
  Dataset data;
  data.root = root;
  auto photos = photos_below(root, data.problems);
  if (!photos) {
    return photos.error();
  }
  bool any = false;
  for (const FoundPhoto& photo : *photos) {
    Record record = record_of(photo, "");
    if (auto face = parse(photo.name)) {
      record.labelled = true;
      record.faces.push_back(std::move(*face));
      any = true;
    } else {
      record.error = shown(photo.file) + ": the name is not of the form " + std::string(form) +
                     ": " + face.error().message;
    }
    data.records.push_back(std::move(record));
  }
  if (!any) {
    return Error{data.records.front().error + "; nor is any other name in " + shown(root)};
  }
  return data;
}

}  // namespace everyface::dataset
